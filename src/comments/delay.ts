import { type Comment, Kind } from "./comment.ts";
import { takenBackBy } from "./held.ts";

/** What one room may have waiting; the oldest go on early then. */
const MAX_WAITING = 50_000;

/** Holds a room's comments back, so that they fit a picture that comes later. What is taken back meanwhile never appears. */
export class Delay {
  #delayMs: number;
  readonly #onComment: (comment: Comment) => void;
  #waiting: { readonly comment: Comment; readonly dueMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, onComment: (comment: Comment) => void) {
    this.#delayMs = delayMs;
    this.#onComment = onComment;
  }

  /** For what comes from now on; what waits keeps its time. */
  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  readonly push = (comment: Comment): void => {
    if (this.#delayMs === 0 && this.#waiting.length === 0) {
      this.#onComment(comment);
      return;
    }
    if (comment.kind === Kind.RETRACT) {
      const isTaken = takenBackBy(comment);
      this.#waiting = this.#waiting.filter((one) => !isTaken(one.comment));
      // What is on the stage already goes at once.
      this.#onComment(comment);
      return;
    }
    // Nobody overtakes: a shorter delay begins when those before are through.
    const dueMs = Math.max(performance.now() + this.#delayMs, this.#waiting.at(-1)?.dueMs ?? 0);
    this.#waiting.push({ comment, dueMs });
    if (this.#waiting.length > MAX_WAITING) this.#giveFirst();
    this.#timer ??= setTimeout(this.#giveDue, this.#delayMs);
  };

  /** Takes out what is meant: it never appears. Returns what puts it back, each at its time. */
  withdraw(isMeant: (comment: Comment) => boolean): () => void {
    const taken = new Set(this.#waiting.filter(({ comment }) => isMeant(comment)));
    this.#waiting = this.#waiting.filter((one) => !taken.has(one));
    return () => {
      this.#waiting = [...this.#waiting, ...taken].toSorted((a, b) => a.dueMs - b.dueMs);
      clearTimeout(this.#timer);
      this.#giveDue();
    };
  }

  #giveFirst(): void {
    const first = this.#waiting.shift();
    if (first) this.#onComment(first.comment);
  }

  readonly #giveDue = (): void => {
    const nowMs = performance.now();
    while (this.#waiting[0] && this.#waiting[0].dueMs <= nowMs) this.#giveFirst();
    const next = this.#waiting[0];
    this.#timer = next && setTimeout(this.#giveDue, next.dueMs - nowMs);
  };

  /** What waits is given up. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }
}
