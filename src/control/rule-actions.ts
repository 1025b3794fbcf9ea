import assert from "node:assert/strict";
import type { Config } from "../box/config.ts";
import { exportRules, ImportError, type ImportReport, importRules, textOf } from "../clean/rules/import.ts";
import type { RuleConfig } from "../clean/rules/rule-schema.ts";
import type { RpcClient } from "../rpc/client.ts";
import { ApiError } from "../web/api.ts";
import type { RuleActions } from "../web/rule-routes.ts";
import type { Settings } from "./settings.ts";

export interface RuleActionsOptions {
  readonly settings: Pick<Settings, "config" | "change">;
  readonly comments: RpcClient;
}

/** A dry run gives up before. */
const DRY_RUN_MS = 40_000;

/** With the rule in the place of the one with its id, or at the end. */
const withRule = (rules: readonly RuleConfig[], rule: RuleConfig): RuleConfig[] =>
  rules.some(({ id }) => id === rule.id)
    ? rules.map((one) => (one.id === rule.id ? rule : one))
    : [...rules, rule];

export function ruleActions({ settings, comments }: RuleActionsOptions): RuleActions {
  const changeClean = (make: (clean: Config["clean"]) => Partial<Config["clean"]> | undefined) =>
    settings.change(({ clean }) => {
      const change = make(clean);
      return change && { clean: { ...clean, ...change } };
    });
  return {
    async putRule(given) {
      // The configuration's schema looks at it.
      await changeClean(({ rules }) => ({ rules: withRule(rules, given as RuleConfig) }));
    },
    async removeRule(id) {
      await changeClean(({ rules }) => {
        const rest = rules.filter((rule) => rule.id !== id);
        if (rest.length === rules.length) throw new ApiError(404, "RULE_NOT_THERE");
        return { rules: rest };
      });
    },
    async importRules(file, name) {
      try {
        const list = textOf(file);
        let report: ImportReport | undefined;
        await changeClean((clean) => {
          const { words, rules, report: said } = importRules(list, clean, name || "file");
          report = said;
          return said.words + said.rules > 0 ? { words, rules: [...rules] } : undefined;
        });
        assert(report, "the change was made");
        return report;
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        throw new ApiError(400, error.code, { errors: [error.message] });
      }
    },
    exportRules: () => exportRules(settings.config.clean),
    async dryRun({ words, rule, hours }) {
      const { clean } = settings.config;
      const next = {
        ...clean,
        ...(words !== undefined && { words }),
        ...(rule && { rules: withRule(clean.rules, rule as RuleConfig) }),
      };
      const json = JSON.stringify(next);
      const { errors, failure, ...result } = await comments.unary(
        "dryRun",
        { json, hours },
        { deadlineMs: DRY_RUN_MS },
      );
      if (failure) throw new ApiError(failure === "CONFIG_INVALID" ? 400 : 409, failure, { errors });
      return result;
    },
    hitCounts: () => comments.unary("hitCounts", {}),
  };
}
