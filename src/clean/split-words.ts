import type { Hit } from "./scanner.ts";

/** How many comments of one author are read together, and for how long. */
const MAX_PARTS = 8;
const PART_MS = 30_000;
/** Very short comments of a whole room are read together, whoever writes them. */
const SHORT_UNITS = 2;
const MAX_SHORT = 6;
/** Comments that come this close stand one above the other on the stage: their first characters are read downwards. */
const COLUMN_MS = 2_000;
const MAX_COLUMN = 8;
/** Shorter words stand in a column by chance. */
const COLUMN_UNITS = 3;
/** Longest part of a word before or after a cut. */
const REACH = 16;
/** Authors of a room whose last comments are remembered. */
const MAX_AUTHORS = 2_000;
const MAX_ROOMS = 64;

/** A word that is cut over comments: its place is in their texts one after the other. */
export interface SplitHit extends Hit {
  /** The ids of those that have a part of it, in their order. */
  readonly among: readonly string[];
}

interface Part {
  readonly id: string;
  readonly text: string;
  readonly atMs: number;
}

const none: readonly SplitHit[] = [];

/** Takes the oldest entry out of a map that has become too large, and puts the used one last. */
function touch<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value, max: number): Value {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > max) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  return value;
}

/** Finds words that are cut over several comments: of one author, of a room's very short ones, or downwards over their first characters. */
export class SplitWords {
  readonly #scan: (text: string) => readonly Hit[] | undefined;
  readonly #rooms = new Map<
    string,
    { readonly authors: Map<string, Part[]>; readonly short: Part[]; readonly column: Part[] }
  >();

  constructor(scan: (text: string) => readonly Hit[] | undefined) {
    this.#scan = scan;
  }

  /**
   * The words that end in this comment and began in earlier ones. `text` is normalised; it is remembered. `nowMs` may jump: what is not
   * within the last half minute, seen from it, is forgotten.
   */
  find(
    room: string,
    author: string | undefined,
    id: string,
    text: string,
    nowMs: number,
  ): readonly SplitHit[] {
    if (text === "") return [];
    const { authors, short, column } = touch(
      this.#rooms,
      room,
      () => ({ authors: new Map(), short: [], column: [] }),
      MAX_ROOMS,
    );
    const hits: SplitHit[] = [];
    const part = { id, text, atMs: nowMs };
    if (author !== undefined) {
      const parts = touch(authors, author, () => [], MAX_AUTHORS);
      hits.push(...this.#joined(parts, part, MAX_PARTS, false));
    }
    if (text.length <= SHORT_UNITS) hits.push(...this.#joined(short, part, MAX_SHORT, true));
    const [first = ""] = text;
    for (const hit of this.#joined(column, { ...part, text: first }, MAX_COLUMN, true, COLUMN_MS)) {
      if (hit.word.length >= COLUMN_UNITS && !hits.some(({ word }) => word === hit.word)) hits.push(hit);
    }
    return hits;
  }

  /** `whole`: the parts that a word is cut into must be nothing else. */
  #joined(parts: Part[], last: Part, max: number, whole: boolean, withinMs = PART_MS): readonly SplitHit[] {
    const isFresh = ({ atMs }: Part) => Math.abs(last.atMs - atMs) <= withinMs;
    if (!parts.every(isFresh)) parts.splice(0, parts.length, ...parts.filter(isFresh));
    if (parts.length >= max) parts.splice(0, parts.length - max + 1);
    const count = parts.push(last);
    if (count === 1) return none;
    // As far as a word can reach, on each side of where it is cut.
    const tail = last.text.slice(0, REACH);
    let head = "";
    for (let at = count - 2; at >= 0 && head.length < REACH; at--) {
      head = (parts[at]?.text ?? "").slice(head.length - REACH) + head;
    }
    const found = this.#scan(head + tail);
    if (!found) return none;
    // Where the parts begin, and where the last one does.
    const starts = [head.length];
    for (let at = count - 2, start = head.length; at >= 0 && start > 0; at--) {
      start = Math.max(0, start - (parts[at]?.text.length ?? 0));
      starts.unshift(start);
    }
    const words = found.filter(({ start, end }) => {
      if (start >= head.length || end <= head.length) return false;
      if (whole) return starts.includes(start) && end === head.length + tail.length;
      // Two characters that meet by chance in longer sentences are no word.
      const first = starts.findLast((at) => at <= start) ?? 0;
      const firstEnd = starts.find((at) => at > start) ?? head.length;
      const short = firstEnd - first <= SHORT_UNITS && last.text.length <= SHORT_UNITS;
      return end - start > SHORT_UNITS || short;
    });
    return words.map((hit) => {
      const first = starts.findLastIndex((at) => at <= hit.start);
      return { ...hit, among: parts.slice(count - starts.length + first).map(({ id }) => id) };
    });
  }
}
