import type { Config } from "../box/config.ts";
import { exportRules, ImportError, importRules, textOf } from "../clean/rules/import.ts";
import type { RuleConfig } from "../clean/rules/rule-schema.ts";
import type { RpcClient } from "../rpc/client.ts";
import { ApiError } from "../web/api.ts";
import type { RuleActions } from "../web/rule-routes.ts";

export interface RuleActionsOptions {
  readonly config: () => Config;
  /** Throws ApiError CONFIG_INVALID with what is wrong. */
  readonly patch: (change: Partial<Config>) => Promise<void>;
  readonly comments: RpcClient;
}

/** A dry run gives up before. */
const DRY_RUN_MS = 40_000;

/** With the rule in the place of the one with its id, or at the end. */
const withRule = (rules: readonly RuleConfig[], rule: RuleConfig): RuleConfig[] =>
  rules.some(({ id }) => id === rule.id)
    ? rules.map((one) => (one.id === rule.id ? rule : one))
    : [...rules, rule];

export function ruleActions({ config, patch, comments }: RuleActionsOptions): RuleActions {
  const set = (change: Partial<Config["clean"]>) => patch({ clean: { ...config().clean, ...change } });
  return {
    async putRule(given) {
      // The configuration's schema looks at it.
      await set({ rules: withRule(config().clean.rules, given as RuleConfig) });
    },
    async removeRule(id) {
      const { rules } = config().clean;
      const rest = rules.filter((rule) => rule.id !== id);
      if (rest.length === rules.length) throw new ApiError(404, "RULE_NOT_THERE");
      await set({ rules: rest });
    },
    async importRules(file, name) {
      try {
        const { words, rules, report } = importRules(textOf(file), config().clean, name || "file");
        if (report.words + report.rules > 0) await set({ words, rules: [...rules] });
        return report;
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        throw new ApiError(400, error.code, { errors: [error.message] });
      }
    },
    exportRules: () => exportRules(config().clean),
    async dryRun({ words, rule, hours }) {
      const { clean } = config();
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
