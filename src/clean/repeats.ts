import type { Scanner } from "./scanner.ts";

/** Of a room: ids of the last comments by their numbers. */
const MAX_IDS = 1_024;
const MAX_ROOMS = 64;
/** In a room where little is said, what is said twice may be read twice. */
const BUSY = 5;

/** The id of the comment that one is counted with, and how often it was said. */
export interface Repeat {
  readonly into: string;
  readonly count: number;
}

/** What repeats what was just said in its room. */
export class Repeats {
  readonly #scanner: Pick<Scanner, "repeat">;
  readonly #rooms = new Map<string, Map<number, string>>();

  constructor(scanner: Pick<Scanner, "repeat">) {
    this.#scanner = scanner;
  }

  /** What this comment is to be counted with; undefined: it stands for itself. */
  take(room: string, id: string, text: string, nowMs: number, windowMs: number): Repeat | undefined {
    const { first, count, entries } = this.#scanner.repeat(room, text, nowMs, windowMs);
    let ids = this.#rooms.get(room);
    if (!ids) {
      if (this.#rooms.size >= MAX_ROOMS) this.#rooms.clear();
      ids = new Map();
      this.#rooms.set(room, ids);
    }
    if (count === 1) {
      ids.set(first, id);
      if (ids.size > MAX_IDS) {
        const [oldest] = ids.keys();
        if (oldest !== undefined) ids.delete(oldest);
      }
      return undefined;
    }
    const into = ids.get(first);
    return into !== undefined && count >= (entries < BUSY ? 3 : 2) ? { into, count } : undefined;
  }
}
