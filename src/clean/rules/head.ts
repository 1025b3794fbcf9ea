import { Action } from "../../comments/comment.ts";
import type { Rule } from "../rules.ts";
import type { RuleConfig } from "./rule-schema.ts";

const actions = { show: Action.SHOW, mask: Action.MASK, hold: Action.HOLD, drop: Action.DROP } as const;

/** What all rules have, whatever they look at. */
export function headOf({
  id,
  category,
  severity,
  action,
  from,
  until,
}: RuleConfig): Omit<Rule<never, never>, "find"> {
  return {
    id,
    category,
    severity,
    ...(action && { action: actions[action] }),
    ...(from && { fromMs: Date.parse(from) }),
    ...(until && { untilMs: Date.parse(until) }),
  };
}
