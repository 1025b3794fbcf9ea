import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { FailureCode } from "../catalogue/failures.ts";
import { Listeners } from "../rpc/follow.ts";
import { type Authors, Standing } from "./authors.ts";
import { CLAIM_MS, Claims } from "./claims.ts";
import type { Decision, DecisionLog } from "./decision-log.ts";
import type { Pipeline } from "./pipeline.ts";

/** A decision can be taken back this long. */
export const UNDO_MS = 10_000;
const MAX_UNDOABLE = 64;

export const decisions = ["show", "drop", "block", "trust", "clear", "forget"] as const;
export type DecisionKind = (typeof decisions)[number];

/** What somebody decides on: a comment that waits, or an author by the name of ours, or whoever said a comment that waits. */
export interface Subject {
  readonly key?: string | undefined;
  readonly authorId?: string | undefined;
}

interface Made {
  readonly decision: DecisionKind;
  readonly key: string;
  readonly by: string;
  readonly untilMs: number;
  undo(): void;
}

export type Outcome = { readonly failure: FailureCode } | { readonly undoId: string };

/** What moderators decide, each with what takes it back within ten seconds, and written down: who, what, when. */
export class Moderation {
  readonly #pipeline: Pipeline;
  readonly #authors: Authors;
  readonly #decisionLog: DecisionLog;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #forgetMarks: (authorId: string) => void;
  readonly #listeners = new Listeners();
  readonly #made = new Map<string, Made>();
  readonly claims: Claims;

  /** `now`: a clock that does not jump; `forgetMarks`: erases what was learned of an author's comments. */
  constructor(
    pipeline: Pipeline,
    authors: Authors,
    decisionLog: DecisionLog,
    log: Logger,
    now: () => number = () => performance.now(),
    forgetMarks: (authorId: string) => void = () => {},
  ) {
    this.#pipeline = pipeline;
    this.#authors = authors;
    this.#decisionLog = decisionLog;
    this.#log = log;
    this.#now = now;
    this.#forgetMarks = forgetMarks;
    this.claims = new Claims(now);
  }

  readonly onChange = this.#listeners.on;

  /** What can still be taken back, the newest last. */
  get undoable(): { id: string; decision: string; key: string; by: string; leftMs: number }[] {
    const nowMs = this.#now();
    for (const [id, { untilMs }] of this.#made) if (untilMs <= nowMs) this.#made.delete(id);
    return Array.from(this.#made, ([id, { untilMs, decision, key, by }]) => ({
      id,
      decision,
      key,
      by,
      leftMs: untilMs - nowMs,
    }));
  }

  /** The newest first. */
  get log(): Decision[] {
    return this.#decisionLog.last(200);
  }

  claim(key: string, by: string): string {
    this.claims.claim(key, by);
    this.#listeners.tell();
    setTimeout(() => this.#listeners.tell(), CLAIM_MS + 1).unref();
    return this.claims.holder(key) ?? by;
  }

  decide(decision: DecisionKind, subject: Subject, by: string): Outcome {
    if (subject.key !== undefined && (this.claims.holder(subject.key) ?? by) !== by) {
      return { failure: "HELD_CLAIMED" };
    }
    if (decision === "show" || decision === "drop") return this.#onComment(decision, subject.key ?? "", by);
    const comment = subject.key === undefined ? undefined : this.#pipeline.peek(subject.key);
    const authorId = subject.authorId ?? comment?.author?.id;
    if (!authorId) return { failure: comment ? "AUTHOR_UNKNOWN" : "HELD_NO_MORE" };
    return this.#onAuthor(decision, authorId, by);
  }

  #onComment(decision: "show" | "drop", key: string, by: string): Outcome {
    const taken = this.#pipeline.withhold(key);
    if (!taken) return { failure: "HELD_NO_MORE" };
    return this.#remember(
      decision,
      key,
      by,
      decision === "show" ? this.#pipeline.approve(taken.comment) : taken.put,
    );
  }

  #onAuthor(decision: "block" | "trust" | "clear" | "forget", authorId: string, by: string): Outcome {
    const before = this.#authors.of(authorId);
    const takesBack = decision === "block" || decision === "forget";
    // First, so that nothing of theirs comes between.
    if (decision === "block") this.#authors.mark(authorId, Standing.BLOCKED);
    if (decision === "trust") this.#authors.mark(authorId, Standing.TRUSTED);
    if (decision === "clear") this.#authors.mark(authorId, Standing.NONE);
    if (decision === "forget") this.#forgetMarks(authorId);
    const forgotten = takesBack ? this.#pipeline.forget(authorId) : undefined;
    return this.#remember(decision, `author:${authorId}`, by, () => {
      if (this.#authors.of(authorId) !== before) this.#authors.mark(authorId, before);
      if (forgotten) this.#pipeline.restore(forgotten);
    });
  }

  #remember(decision: DecisionKind, key: string, by: string, undo: () => void): Outcome {
    const undoId = randomUUID();
    this.#made.set(undoId, { decision, key, by, untilMs: this.#now() + UNDO_MS, undo });
    const [oldest] = this.#made.keys();
    if (this.#made.size > MAX_UNDOABLE && oldest !== undefined) this.#made.delete(oldest);
    // What is kept for an undo goes when there is none any more.
    setTimeout(() => this.#made.delete(undoId) && this.#listeners.tell(), UNDO_MS).unref();
    this.#write(decision, key, by);
    return { undoId };
  }

  /** Anybody's decision, by anybody. False: it is too late. */
  undo(id: string, by: string): boolean {
    const made = this.undoable.some((one) => one.id === id) ? this.#made.get(id) : undefined;
    if (!made) return false;
    this.#made.delete(id);
    made.undo();
    this.#write(`undo ${made.decision}`, made.key, by);
    return true;
  }

  /** The event ends: what was decided in it cannot be taken back. */
  endEvent(): void {
    this.#made.clear();
    this.#listeners.tell();
  }

  #write(decision: string, key: string, by: string): void {
    try {
      this.#decisionLog.add({ timeMs: Date.now(), by, decision, key });
    } catch (error) {
      this.#log.error({ err: error, decision }, "a decision is not written down");
    }
    this.#listeners.tell();
  }
}
