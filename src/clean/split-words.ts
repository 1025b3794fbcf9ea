import { type Hit, type Joined, JoinedKind, type Said, type Scanner } from "./scanner.ts";

/** Of a very short comment. */
const SHORT_UNITS = 2;
/** Shorter words stand in a column by chance. */
const COLUMN_UNITS = 3;

/** A word that is cut over comments: its place is in their texts one after the other. */
export interface SplitHit extends Hit {
  /** The ids of those that have a part of it, in their order. */
  readonly among: readonly string[];
}

const none: readonly SplitHit[] = [];

/** Whether a word that was found in what is joined is meant to be read over the cut. */
function isMeant({ kind, text, starts }: Joined, { start, end, word }: Hit): boolean {
  const cut = starts.at(-1) ?? 0;
  if (start >= cut || end <= cut) return false;
  // The parts that a word is cut into must be nothing else.
  if (kind !== JoinedKind.AUTHOR) {
    const whole = starts.includes(start) && end === text.length;
    return whole && (kind !== JoinedKind.COLUMN || word.length >= COLUMN_UNITS);
  }
  // Two characters that meet by chance in longer sentences are no word.
  if (end - start > SHORT_UNITS) return true;
  const first = starts.findLast((at) => at <= start) ?? 0;
  const firstEnd = starts.find((at) => at > start) ?? cut;
  return firstEnd - first <= SHORT_UNITS && text.length - cut <= SHORT_UNITS;
}

/** Finds words that are cut over several comments: of one author, of a room's very short ones, or downwards over their first characters. */
export class SplitWords {
  readonly #scanner: Pick<Scanner, "joined">;
  readonly #scan: (text: string) => readonly Hit[];

  constructor(scanner: Pick<Scanner, "joined">, scan: (text: string) => readonly Hit[]) {
    this.#scanner = scanner;
    this.#scan = scan;
  }

  /**
   * The words that end in this comment and began in earlier ones; it is remembered. `every`: what `scan` finds is more than the scanner's
   * words.
   */
  find(said: Said, every: boolean): readonly SplitHit[] {
    const all = this.#scanner.joined(said, every);
    if (!all) return none;
    const hits: SplitHit[] = [];
    for (const joined of all) {
      const { kind, text, starts, ids } = joined;
      for (const hit of this.#scan(text)) {
        if (!isMeant(joined, hit)) continue;
        if (kind === JoinedKind.COLUMN && hits.some(({ word }) => word === hit.word)) continue;
        hits.push({ ...hit, among: ids.slice(starts.findLastIndex((at) => at <= hit.start)) });
      }
    }
    return hits;
  }
}
