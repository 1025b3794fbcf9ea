import { decodeMessage, lookupType } from "../rpc/proto.ts";
import type { Kept } from "./archive.ts";
import { type Comment, Kind } from "./comment.ts";

const type = lookupType("feimu.v1.Comment");
/** Earlier comments that a new subscriber may ask for. */
export const BACKLOG = 200;
/** What a subscriber that reads too slowly may have waiting; the oldest go first. */
const MAX_WAITING = 1_000;

interface Subscriber {
  readonly waiting: Buffer[];
  wake(): void;
}

/** Gives every cleaned comment to every subscriber, encoded once. */
export class CommentHub {
  readonly #subscribers = new Set<Subscriber>();
  /** Encoded only: the strings of a comment may hold the whole message that they were cut out of. */
  #backlog: Buffer[] = [];

  publish({ comment, bytes }: Kept): void {
    if (comment.kind === Kind.RETRACT) this.#forget(comment);
    else this.#backlog.push(bytes);
    if (this.#backlog.length > BACKLOG) this.#backlog.shift();
    for (const subscriber of this.#subscribers) {
      if (subscriber.waiting.length >= MAX_WAITING) subscriber.waiting.shift();
      subscriber.waiting.push(bytes);
      subscriber.wake();
    }
  }

  /** Who comes later must not be told what was taken back. */
  #forget({ platform, room, retraction }: Comment) {
    const ids = new Set(retraction?.commentIds);
    this.#backlog = this.#backlog.filter((bytes) => {
      const earlier = decodeMessage(type, bytes) as Comment;
      if (earlier.platform !== platform || earlier.room !== room) return true;
      const byAuthor = retraction?.authorId && earlier.author?.id === retraction.authorId;
      return !(retraction?.wholeRoom || ids.has(earlier.id) || byAuthor);
    });
  }

  /** What comes from now on, after `missed` (not counted among what may wait) and up to `backlog` earlier ones. */
  async *subscribe(
    backlog: number,
    signal: AbortSignal,
    missed: readonly Buffer[] = [],
  ): AsyncGenerator<Buffer> {
    const first = backlog > 0 ? this.#backlog.slice(-Math.min(backlog, BACKLOG)) : [];
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
