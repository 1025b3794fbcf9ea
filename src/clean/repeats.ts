import type { Scanner } from "./scanner.ts";

const MAX_ROOMS = 64;
/** In a room where little is said, what is said twice may be read twice. */
const BUSY = 5;

/** The id of the comment that one is counted with, and how often it was said. */
export interface Repeat {
  readonly into: string;
  readonly count: number;
}

/** The first comment of its kind. */
interface First {
  readonly number: number;
  readonly id: string;
}

/** What repeats what was just said in its room. */
export class Repeats {
  readonly #scanner: Pick<Scanner, "repeat">;
  /** By the places that the scanner gives. */
  readonly #rooms = new Map<string, First[]>();

  constructor(scanner: Pick<Scanner, "repeat">) {
    this.#scanner = scanner;
  }

  /** What this comment is to be counted with; undefined: it stands for itself. */
  take(room: string, id: string, text: string, nowMs: number, windowMs: number): Repeat | undefined {
    const { first, place, count, entries } = this.#scanner.repeat(room, text, nowMs, windowMs);
    let firsts = this.#rooms.get(room);
    if (!firsts) {
      if (this.#rooms.size >= MAX_ROOMS) this.#rooms.clear();
      firsts = [];
      this.#rooms.set(room, firsts);
    }
    if (count === 1) {
      firsts[place] = { number: first, id };
      return undefined;
    }
    const known = firsts[place];
    return known?.number === first && count >= (entries < BUSY ? 3 : 2)
      ? { into: known.id, count }
      : undefined;
  }
}
