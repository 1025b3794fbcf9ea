import type { Comment } from "./comment.ts";
import { takenBackBy } from "./held.ts";

const MAX_WAITING = 1_000;
const WAIT_MS = 60_000;
const AGAIN_MS = 1_000;

interface Waiting {
  readonly comment: Comment;
  readonly approval: boolean;
  readonly untilMs: number;
}

/** What the engine could not judge: nobody sees it before it was. It is tried again, and dropped in the end. */
export class Unjudged {
  /** False: it still cannot be judged. */
  readonly #again: (comment: Comment, approval: boolean) => boolean;
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** How often the engine failed, and what was dropped for it, since the start. */
  failures = 0;
  dropped = 0;
  /** Whether it waits at all. */
  hold = true;

  constructor(
    again: (comment: Comment, approval: boolean) => boolean,
    now: () => number = () => performance.now(),
  ) {
    this.#again = again;
    this.#now = now;
  }

  get all(): Comment[] {
    return this.#waiting.map(({ comment }) => comment);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  push(comment: Comment, approval: boolean): void {
    this.failures++;
    if (!this.hold) {
      this.dropped++;
      return;
    }
    this.#waiting.push({ comment, approval, untilMs: this.#now() + WAIT_MS });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.dropped++;
    }
    this.#timer ??= setTimeout(this.retry, AGAIN_MS).unref();
  }

  takeBack(retraction: Comment): void {
    const isTaken = takenBackBy(retraction);
    this.#waiting = this.#waiting.filter(({ comment }) => !isTaken(comment));
  }

  /** Tries all once more, oldest first. */
  readonly retry = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = this.#now();
    const before = this.#waiting;
    this.#waiting = [];
    for (const one of before) {
      if (one.untilMs <= nowMs) this.dropped++;
      else if (!this.#again(one.comment, one.approval)) this.#waiting.push(one);
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.retry, AGAIN_MS).unref();
  };
}
