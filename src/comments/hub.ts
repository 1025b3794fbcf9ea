import { decodeMessage, lookupType } from "../rpc/proto.ts";
import type { Kept } from "./archive.ts";
import { type Comment, Kind } from "./comment.ts";
import { takenBackBy } from "./held.ts";

const type = lookupType("feimu.v1.Comment");
/** Earlier comments that a new subscriber may ask for. */
export const BACKLOG = 200;
/** What a subscriber that reads too slowly may have waiting; the oldest go first. */
const MAX_WAITING = 1_000;
/** Longer than a process takes to come back, shorter than a comment flies. */
const RECENT_MS = 5_000;

interface Subscriber {
  readonly waiting: Buffer[];
  wake(): void;
}

/** What was told of late, retractions among it. */
interface Told {
  readonly bytes: Buffer;
  readonly atMs: number;
}

/** What a subscriber is told before what comes from now on. */
export interface Earlier {
  /** So many comments at most. */
  readonly backlog?: number;
  /** What was told in the last seconds, retractions too. */
  readonly recent?: boolean;
  /** These, which are not counted among what may wait. */
  readonly missed?: readonly Buffer[];
}

/** Gives every cleaned comment to every subscriber, encoded once. */
export class CommentHub {
  readonly #now: () => number;
  readonly #subscribers = new Set<Subscriber>();
  /** Encoded only: the strings of a comment may hold the whole message that they were cut out of. */
  #backlog: Buffer[] = [];
  #recent: Told[] = [];

  /** `now`: a clock that does not jump. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  publish({ comment, bytes }: Kept): void {
    if (comment.kind === Kind.RETRACT) this.#forget(comment);
    else this.#backlog.push(bytes);
    if (this.#backlog.length > BACKLOG) this.#backlog.shift();
    const atMs = this.#now();
    this.#recent.push({ bytes, atMs });
    while (this.#recent.length > MAX_WAITING || this.#recent[0]!.atMs < atMs - RECENT_MS)
      this.#recent.shift();
    for (const subscriber of this.#subscribers) {
      if (subscriber.waiting.length >= MAX_WAITING) subscriber.waiting.shift();
      subscriber.waiting.push(bytes);
      subscriber.wake();
    }
  }

  /** Who comes later must not be told what was taken back. */
  #forget(retraction: Comment) {
    const isTaken = takenBackBy(retraction);
    this.#backlog = this.#backlog.filter((bytes) => !isTaken(decodeMessage(type, bytes) as Comment));
  }

  /** What is recent now, without what was taken back since: a retraction a frame later would be too late. */
  #recentNow(): Buffer[] {
    const fromMs = this.#now() - RECENT_MS;
    const takers: ReturnType<typeof takenBackBy>[] = [];
    const now: Buffer[] = [];
    for (const { bytes, atMs } of this.#recent.toReversed()) {
      if (atMs < fromMs) break;
      const comment = decodeMessage(type, bytes) as Comment;
      if (comment.kind === Kind.RETRACT) takers.push(takenBackBy(comment));
      else if (takers.some((isTaken) => isTaken(comment))) continue;
      now.push(bytes);
    }
    return now.toReversed();
  }

  /** Nothing is recent any more: the panic button was pressed. */
  forgetRecent(): void {
    this.#recent = [];
  }

  /** What comes from now on, after what is asked for. */
  async *subscribe(
    { backlog = 0, recent = false, missed = [] }: Earlier,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const first = backlog > 0 ? this.#backlog.slice(-Math.min(backlog, BACKLOG)) : [];
    if (recent) first.push(...this.#recentNow());
    let wake = () => {};
    const subscriber: Subscriber = { waiting: first, wake: () => wake() };
    this.#subscribers.add(subscriber);
    signal.addEventListener("abort", subscriber.wake, { once: true });
    try {
      for (const bytes of missed) {
        if (signal.aborted) return;
        yield bytes;
      }
      while (!signal.aborted) {
        const next = subscriber.waiting.shift();
        if (next) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#subscribers.delete(subscriber);
      signal.removeEventListener("abort", subscriber.wake);
    }
  }
}
