import type { Action } from "../comments/comment.ts";
import type { Category, Severity } from "./categories.ts";

/** A part of a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * One reason for which something is unfit. `Subject` is what it looks at, a text or a comment with what is known of its author and room;
 * `Match` what it can tell about where it applies.
 */
export interface Rule<Subject, Match> {
  /** Stands in verdicts. */
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  /** What happens whatever the dial says. */
  readonly action?: Action;
  /** Where it is not always in force: ms since 1970. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  find(subject: Subject): readonly Match[];
}

export type TextRule = Rule<string, Span>;

/** A rule that applies, and where. */
export interface Applied<Subject, Match> {
  readonly rule: Rule<Subject, Match>;
  readonly match: Match;
}

/** What applies of the rules that are in force now. */
export function apply<Subject, Match>(
  rules: readonly Rule<Subject, Match>[],
  subject: Subject,
  nowMs: number,
): Applied<Subject, Match>[] {
  const applied: Applied<Subject, Match>[] = [];
  for (const rule of rules) {
    const { fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = rule;
    if (nowMs < fromMs || nowMs >= untilMs) continue;
    for (const match of rule.find(subject)) applied.push({ rule, match });
  }
  return applied;
}
