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
  find(subject: Subject): readonly Match[];
}

export type TextRule = Rule<string, Span>;
