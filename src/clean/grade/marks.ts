import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Class, classes, eachGram } from "./features.ts";
import type { Grade } from "./grader.ts";

/** An operator's word on a comment: what it is. */
export interface Mark {
  readonly text: string;
  readonly label: Class;
  /** Our name for who said it; "" when nobody knows. */
  readonly author: string;
  readonly atMs: number;
}

/** More marks push out the oldest. */
const MAX_MARKS = 1_000;
export const MAX_MARK_LENGTH = 200;
/** Comments that have less in common are not alike (cosine of their characters and pairs). */
const ALIKE = 0.3;
/** Log odds that a mark on nearly the same gives; about twenty on what is half alike outweigh the surest grade. */
const GAIN = 2;
/** Log odds that all of them give at most: e^14 is a million to one. */
const MOST = 14;
/** A grade is never surer than this when marks are weighed against it. */
const LEAST = 1e-4;

const schema = z.array(
  z.strictObject({
    text: z.string().max(MAX_MARK_LENGTH),
    label: z.enum(classes),
    author: z.string(),
    atMs: z.number(),
  }),
);

interface Known extends Mark {
  readonly match: string;
  readonly grams: ReadonlySet<number>;
  /** Its place in tables. */
  readonly slot: number;
}

function gramsOf(match: string): Set<number> {
  const grams = new Set<number>();
  eachGram(match, (gram) => grams.add(gram));
  return grams;
}

/**
 * What operators said of comments: "this was fine", "this was not". Kept in a file, and weighed against the grades of comments like them, so
 * that a mark acts at once, and no more when it is taken back.
 */
export class Marks {
  readonly #file: string;
  readonly #normalise: (text: string) => string;
  /** By match text: of one comment, the last word counts. */
  readonly #known = new Map<string, Known>();
  readonly #slots: (Known | undefined)[] = [];
  /** The slots of those that have a gram. */
  readonly #having = new Map<number, number[]>();
  /** Grams in common with a text, a slot each; all 0 between texts. */
  readonly #common = new Uint16Array(MAX_MARKS + 1);

  private constructor(file: string, normalise: (text: string) => string) {
    this.#file = file;
    this.#normalise = normalise;
  }

  /** `onDamaged` hears of a file that cannot be read; the marks begin anew then. */
  static open(folder: string, normalise: (text: string) => string, onDamaged: (why: unknown) => void): Marks {
    const marks = new Marks(join(folder, "marks.json"), normalise);
    let bytes: string;
    try {
      bytes = readFileSync(marks.#file, "utf8");
    } catch {
      return marks;
    }
    try {
      for (const mark of schema.parse(JSON.parse(bytes)).slice(-MAX_MARKS)) marks.#insert(mark);
    } catch (error) {
      onDamaged(error);
    }
    return marks;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Oldest first. */
  get all(): Mark[] {
    return [...this.#known.values()].map(({ text, label, author, atMs }) => ({ text, label, author, atMs }));
  }

  /** Instead of an earlier one on the same text. Throws when it cannot be kept; it acts all the same. */
  add(mark: Mark): void {
    this.#insert(mark);
    for (const oldest of this.#known.values()) {
      if (this.#known.size <= MAX_MARKS) break;
      this.#remove(oldest);
    }
    this.#write();
  }

  /** Takes back what was said of a text; false when nothing was. */
  remove(text: string): boolean {
    const known = this.#known.get(this.#normalise(text));
    if (!known) return false;
    this.#remove(known);
    this.#write();
    return true;
  }

  /** Erases what an author said. */
  forget(author: string): void {
    const theirs = [...this.#known.values()].filter((known) => known.author === author);
    for (const known of theirs) this.#remove(known);
    if (theirs.length > 0) this.#write();
  }

  clear(): void {
    const { size } = this.#known;
    this.#known.clear();
    this.#slots.length = 0;
    this.#having.clear();
    if (size > 0) this.#write();
  }

  /** The grade of a text, given what was said of texts like it. */
  weigh(text: string, grade: Grade): Grade {
    if (this.#known.size === 0) return grade;
    const match = this.#normalise(text);
    const votes = new Array<number>(classes.length).fill(0);
    const same = this.#known.get(match);
    // Of the very same text the operator's word is the last.
    if (same) votes[classes.indexOf(same.label)] = MOST;
    else this.#vote(gramsOf(match), votes);
    if (votes.every((vote) => vote === 0)) return grade;
    const odds = votes.map(
      (vote, place) => Math.max(LEAST, grade[place] ?? 0) * Math.exp(Math.min(MOST, vote)),
    );
    const sum = odds.reduce((total, one) => total + one, 0);
    return Float32Array.from(odds, (one) => one / sum);
  }

  /** Adds what marks on texts like it say. A few thousand additions with a thousand marks. */
  #vote(grams: ReadonlySet<number>, votes: number[]): void {
    const touched: number[] = [];
    for (const gram of grams) {
      for (const slot of this.#having.get(gram) ?? []) {
        const count = this.#common[slot] ?? 0;
        if (count === 0) touched.push(slot);
        this.#common[slot] = count + 1;
      }
    }
    for (const slot of touched) {
      const known = this.#slots[slot];
      const count = this.#common[slot] ?? 0;
      this.#common[slot] = 0;
      if (!known) continue;
      const alike = count / Math.sqrt(grams.size * known.grams.size);
      if (alike <= ALIKE) continue;
      const place = classes.indexOf(known.label);
      votes[place] = (votes[place] ?? 0) + (GAIN * (alike - ALIKE)) / (1 - ALIKE);
    }
  }

  #insert(mark: Mark): void {
    const text = mark.text.slice(0, MAX_MARK_LENGTH);
    const match = this.#normalise(text);
    const before = this.#known.get(match);
    if (before) this.#remove(before);
    const free = this.#slots.indexOf(undefined);
    const slot = free >= 0 ? free : this.#slots.length;
    const known: Known = { ...mark, text, match, grams: gramsOf(match), slot };
    this.#slots[slot] = known;
    this.#known.set(match, known);
    for (const gram of known.grams) {
      const having = this.#having.get(gram);
      if (having) having.push(slot);
      else this.#having.set(gram, [slot]);
    }
  }

  #remove({ match, grams, slot }: Known): void {
    this.#known.delete(match);
    this.#slots[slot] = undefined;
    for (const gram of grams) {
      const having = this.#having.get(gram)?.filter((one) => one !== slot) ?? [];
      if (having.length > 0) this.#having.set(gram, having);
      else this.#having.delete(gram);
    }
  }

  #write(): void {
    if (this.#known.size === 0) {
      // Also where the disk is full.
      rmSync(this.#file, { force: true });
      return;
    }
    const temporary = `${this.#file}.new`;
    const file = openSync(temporary, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(this.all));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, this.#file);
  }
}
