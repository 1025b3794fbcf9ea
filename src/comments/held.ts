import { type Comment, Kind, type Retraction } from "./comment.ts";

/** What waits for the operator at most; the oldest go. */
const MAX_HELD = 200;
/** Nobody wants to read on the stage what was said that long ago. */
const HELD_MS = 5 * 60_000;

export const keyOf = ({ platform, room, id }: Comment): string => `${platform}:${room}:${id}`;

/** Whether a retraction takes this comment back. */
export function takesBack(
  { platform, room, retraction }: Pick<Comment, "platform" | "room" | "retraction">,
  comment: Comment,
): boolean {
  if (comment.platform !== platform || comment.room !== room) return false;
  const { wholeRoom, commentIds, authorId }: Partial<Retraction> = retraction ?? {};
  const byAuthor = authorId && comment.author?.id === authorId;
  return !!(wholeRoom || byAuthor || commentIds?.includes(comment.id));
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
      for (const [key, held] of this.#held) if (takesBack(comment, held.comment)) this.release(key);
      return;
    }
    const key = keyOf(comment);
    const timer = setTimeout(() => this.release(key), heldMs).unref();
    this.#held.set(key, { comment, timer });
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.release(oldest);
    this.#onChange();
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
