import { type Comment, Kind } from "./comment.ts";
import { keyOf, takenBackBy } from "./held.ts";

const MAX_PINNED = 64;
/** Longer than any platform lets a card stand. */
export const MAX_STANDING_MS = 2 * 3_600_000;

/** How long a card stands where the platform does not say it: seconds, from a price in units of the currency. */
const standing = [
  [2_000, 7_200],
  [1_000, 3_600],
  [500, 1_800],
  [100, 300],
  [50, 120],
  [0, 60],
] as const;

/** When a super chat's card goes, ms since 1970. */
export function endMs({ receivedMs, durationS, price }: Comment): number {
  const units = (price?.milli ?? 0) / 1_000;
  const usual = standing.find(([from]) => units >= from)?.[1] ?? 60;
  return receivedMs + Math.min((durationS || usual) * 1_000, MAX_STANDING_MS);
}

/** The super chats whose cards stand now. */
export class Pinned {
  readonly #onChange: () => void;
  readonly #now: () => number;
  readonly #pinned = new Map<string, Comment>();

  constructor(onChange: () => void, now: () => number = Date.now) {
    this.#onChange = onChange;
    this.#now = now;
  }

  /** All cards go. */
  clear(): void {
    this.#pinned.clear();
    this.#onChange();
  }

  /** Looks at everything that is published. */
  take(comment: Comment): void {
    if (comment.kind === Kind.SUPER_CHAT) {
      this.#pinned.set(keyOf(comment), comment);
      const [oldest] = this.#pinned.keys();
      if (this.#pinned.size > MAX_PINNED && oldest !== undefined) this.#pinned.delete(oldest);
      this.#onChange();
    } else if (comment.kind === Kind.RETRACT) {
      const isTaken = takenBackBy(comment);
      const taken = [...this.#pinned].filter(([, one]) => isTaken(one));
      for (const [key] of taken) this.#pinned.delete(key);
      if (taken.length > 0) this.#onChange();
    }
  }

  /** Oldest first. */
  get all(): Comment[] {
    const nowMs = this.#now();
    for (const [key, comment] of this.#pinned) if (endMs(comment) <= nowMs) this.#pinned.delete(key);
    return [...this.#pinned.values()];
  }
}
