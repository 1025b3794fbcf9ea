import { type Comment, Kind } from "./comment.ts";
import { keyOf, takenBackBy } from "./held.ts";

/** More than ten seconds of the busiest room; beyond, the oldest that nobody paid for are dropped: none flies before its time. */
const MAX_WAITING = 20_000;

export interface Coming {
  readonly comment: Comment;
  /** By the clock that was handed in. */
  readonly dueMs: number;
}

/** What was judged fit and flies in a moment, unless a moderator drops it before. Nobody overtakes. */
export class Safety {
  readonly #onDue: (comment: Comment) => void;
  readonly #onChange: () => void;
  readonly #now: () => number;
  readonly #coming = new Map<string, Coming>();
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  delayMs = 0;
  /** For want of room, since the start. */
  dropped = 0;

  constructor(
    onDue: (comment: Comment) => void,
    onChange: () => void,
    now: () => number = () => performance.now(),
  ) {
    this.#onDue = onDue;
    this.#onChange = onChange;
    this.#now = now;
  }

  push(comment: Comment): void {
    if (this.delayMs === 0 && this.#coming.size === 0) {
      this.#onDue(comment);
      return;
    }
    const dueMs = Math.max(this.#now() + this.delayMs, this.#lastDueMs);
    this.#lastDueMs = dueMs;
    this.#coming.set(keyOf(comment), { comment, dueMs });
    if (this.#coming.size > MAX_WAITING) this.#dropOne();
    this.#schedule();
    this.#onChange();
  }

  #dropOne(): void {
    for (const [key, { comment }] of this.#coming) {
      if (comment.kind === Kind.SUPER_CHAT) continue;
      this.#coming.delete(key);
      this.dropped++;
      return;
    }
  }

  /** The newest last, `most` at most of them, with what is left of their time. */
  coming(most: number): { readonly comment: Comment; readonly leftMs: number }[] {
    const nowMs = this.#now();
    return [...this.#coming.values()]
      .slice(-most)
      .map(({ comment, dueMs }) => ({ comment, leftMs: Math.max(0, dueMs - nowMs) }));
  }

  /** Takes one out, and with it what only repeats it; undefined when it flew already. */
  release(key: string): Comment | undefined {
    const coming = this.#coming.get(key);
    if (!coming) return undefined;
    const { platform, room, id } = coming.comment;
    this.#coming.delete(key);
    for (const [other, { comment }] of this.#coming) {
      const repeats = comment.verdict?.foldedInto === id;
      if (repeats && comment.platform === platform && comment.room === room) this.#coming.delete(other);
    }
    this.#onChange();
    return coming.comment;
  }

  peek(key: string): Comment | undefined {
    return this.#coming.get(key)?.comment;
  }

  /** Oldest first. */
  get all(): Comment[] {
    return [...this.#coming.values()].map(({ comment }) => comment);
  }

  takeBack(retraction: Comment): void {
    const isTaken = takenBackBy(retraction);
    for (const [key, { comment }] of this.#coming) if (isTaken(comment)) this.#coming.delete(key);
    this.#onChange();
  }

  /** All that waits, which waits no more. */
  takeAll(): Comment[] {
    const { all } = this;
    this.#coming.clear();
    this.#onChange();
    return all;
  }

  /** Lets fly whose time has come. */
  readonly giveDue = (): void => {
    this.#timer = undefined;
    const nowMs = this.#now();
    for (const [key, { comment, dueMs }] of this.#coming) {
      if (dueMs > nowMs) break;
      this.#coming.delete(key);
      this.#onDue(comment);
    }
    this.#schedule();
    this.#onChange();
  };

  #schedule(): void {
    const [first] = this.#coming.values();
    if (!first || this.#timer) return;
    this.#timer = setTimeout(this.giveDue, Math.max(0, first.dueMs - this.#now()) + 1).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#coming.clear();
  }
}
