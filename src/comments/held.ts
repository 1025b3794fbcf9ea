import { type Comment, Kind, type Retraction } from "./comment.ts";

/** What waits for the operator at most; the oldest go. */
const MAX_HELD = 200;
/** Nobody wants to read on the stage what was said that long ago. */
const HELD_MS = 5 * 60_000;

export const keyOf = ({ platform, room, id }: Comment): string => `${platform}:${room}:${id}`;

/** Whether somebody paid for it. */
export const isPaid = ({ kind, price }: Comment): boolean =>
  kind === Kind.SUPER_CHAT || kind === Kind.GIFT || kind === Kind.GUARD || (price?.milli ?? 0) > 0;

/** Tells of a comment whether the retraction takes it back; both may be many. */
export function takenBackBy({
  platform,
  room,
  retraction,
}: Pick<Comment, "platform" | "room" | "retraction">): (comment: Comment) => boolean {
  const { wholeRoom, commentIds, authorId }: Partial<Retraction> = retraction ?? {};
  const ids = new Set(commentIds);
  return (comment) => {
    if (comment.platform !== platform || comment.room !== room) return false;
    const byAuthor = authorId && comment.author?.id === authorId;
    return !!(wholeRoom || byAuthor || ids.has(comment.id));
  };
}

/** Cleaned comments that nobody sees but the operator, until they are let through. */
export class Held {
  readonly #onChange: () => void;
  readonly #heldMs: number;
  readonly #held = new Map<string, { readonly comment: Comment; readonly timer: NodeJS.Timeout }>();

  constructor(onChange: () => void, heldMs = HELD_MS) {
    this.#onChange = onChange;
    this.#heldMs = heldMs;
  }

  /** Holds a comment; a retraction takes back what is held instead. */
  push(comment: Comment, heldMs = this.#heldMs): void {
    if (comment.kind === Kind.RETRACT) {
      const isTaken = takenBackBy(comment);
      for (const [key, held] of this.#held) if (isTaken(held.comment)) this.release(key);
      return;
    }
    const key = keyOf(comment);
    this.release(key);
    const timer = setTimeout(() => this.release(key), heldMs).unref();
    this.#held.set(key, { comment, timer });
    if (this.#held.size > MAX_HELD) this.#releaseOldest();
    this.#onChange();
  }

  /** What was paid for goes last. */
  #releaseOldest(): void {
    const [oldest] = this.#held.keys();
    const unpaid = [...this.#held].find(([, { comment }]) => !isPaid(comment))?.[0];
    const key = unpaid ?? oldest;
    if (key !== undefined) this.release(key);
  }

  /** One that is held, and stays so. */
  peek(key: string): Comment | undefined {
    return this.#held.get(key)?.comment;
  }

  /** Oldest first. */
  get all(): Comment[] {
    return [...this.#held.values()].map(({ comment }) => comment);
  }

  /** Takes one out; undefined when it is not held any more. */
  release(key: string): Comment | undefined {
    const held = this.#held.get(key);
    if (!held) return undefined;
    clearTimeout(held.timer);
    this.#held.delete(key);
    this.#onChange();
    return held.comment;
  }
}
