import { categories } from "../categories.ts";
import type { Hit } from "../scanner.ts";

/** What a comment is graded as. Their order is that of the model's outputs. */
export const classes = ["normal", "political", "porn", "ads", "abuse"] as const;
export type Class = (typeof classes)[number];
/** Those that a comment can be held for. */
export type Unfit = Exclude<Class, "normal">;
export const unfit = classes.slice(1) as Unfit[];

export const TABLE_BITS = 16;
export const TABLE_ROWS = 1 << TABLE_BITS;
/** Longest n-gram of the table. */
const LONGEST = 4;
const SEVERITIES = 3;
export const FLAGS = categories.length * SEVERITIES;
export const SHAPES = 13;
/** As many as there is room for. */
export const INPUTS = 512;
export const FLAGS_AT = classes.length;
export const SHAPES_AT = FLAGS_AT + FLAGS;
export const GRAMS_AT = SHAPES_AT + SHAPES;
export const MAX_GRAMS = INPUTS - GRAMS_AT;
/** Counts up whenever the same text would give other inputs. */
const VERSION = 1;
/** What the inputs are: a model that was made for others is not used. */
export const FEATURES = (() => {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([VERSION, classes, categories, SEVERITIES, SHAPES, LONGEST])) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
})();

/** Stand before and after a text in its n-grams. */
const BEGIN = 2;
const END = 3;

/** Calls `visit` with the row of the hashed table for each 1- to 4-gram; returns how many there are. */
export function eachRow(match: string, visit: (row: number) => void): number {
  let count = 0;
  const { length } = match;
  if (length === 0) return 0;
  for (let from = -1; from <= length; from++) {
    let hash = 0x811c9dc5;
    for (let at = from; at < from + LONGEST && at <= length; at++) {
      const unit = at < 0 ? BEGIN : at === length ? END : match.charCodeAt(at);
      hash = Math.imul(hash ^ unit, 0x9e3779b1);
      hash ^= hash >>> 15;
      // The marks alone say nothing.
      if (at === from && (at < 0 || at === length)) continue;
      visit((hash ^ (hash >>> TABLE_BITS)) & (TABLE_ROWS - 1));
      count++;
    }
  }
  return count;
}

/** A 1- or 2-gram as one number. */
export const gramOf = (first: number, second = 0) => first * 0x10000 + second;

/** Calls `visit` for each 1- and 2-gram, also for those that were there before. */
export function eachGram(match: string, visit: (gram: number) => void): void {
  for (let at = 0; at < match.length; at++) {
    visit(gramOf(match.charCodeAt(at)));
    if (at + 1 < match.length) visit(gramOf(match.charCodeAt(at), match.charCodeAt(at + 1)));
  }
}

/** A bit for each category and severity that words of the lists have in a text. */
export function flagsOf(hits: readonly Pick<Hit, "category" | "severity">[]): number {
  let flags = 0;
  for (const { category, severity } of hits) {
    flags |= 1 << (categories.indexOf(category) * SEVERITIES + severity - 1);
  }
  return flags;
}

const isDigit = (unit: number) => unit >= 0x30 && unit <= 0x39;
const isLatin = (unit: number) => unit >= 0x61 && unit <= 0x7a;
const isHan = (unit: number) => unit >= 0x4e00 && unit <= 0x9fff;
/** Differing characters are counted in so many of the first ones. */
const DISTINCT_IN = 64;

/** What a text looks like; `rawLength` is that of the text as it was. Each is 0 to 1. */
export function shapesOf(match: string, rawLength: number): number[] {
  const { length } = match;
  let [han, latin, digits, runs] = [0, 0, 0, 0];
  let [digitRun, longestDigits, letters, figures, longestMixed] = [0, 0, 0, 0, 0];
  for (let at = 0; at < length; at++) {
    const unit = match.charCodeAt(at);
    const digit = isDigit(unit);
    const letter = isLatin(unit);
    if (isHan(unit)) han++;
    if (digit) digits++;
    if (letter) latin++;
    digitRun = digit ? digitRun + 1 : 0;
    longestDigits = Math.max(longestDigits, digitRun);
    if (!digit && !letter) [letters, figures] = [0, 0];
    else {
      if (letters + figures === 0) runs++;
      if (digit) figures++;
      else letters++;
      if (letters > 0 && figures > 0) longestMixed = Math.max(longestMixed, letters + figures);
    }
  }
  const some = match.slice(0, DISTINCT_IN);
  const yes = (is: boolean) => (is ? 1 : 0);
  const share = (count: number) => (length === 0 ? 0 : count / length);
  return [
    Math.min(length, 60) / 60,
    yes(length <= 2),
    yes(length <= 4),
    yes(length >= 20),
    share(han),
    share(latin),
    share(digits),
    yes(longestDigits >= 5),
    yes(longestDigits >= 8),
    yes(longestMixed >= 5),
    rawLength === 0 ? 0 : Math.max(0, rawLength - length) / rawLength,
    some === ""
      ? 0
      : new Set(Array.from({ length: some.length }, (_, at) => some.charCodeAt(at))).size / some.length,
    Math.min(runs, 4) / 4,
  ];
}

/** The part of a model that turns a text into inputs. */
export interface Table {
  /** A row for each hash, a column for each class. */
  readonly table: Int8Array;
  /** What 1 is worth in a column. */
  readonly scales: Float32Array;
  readonly grams: readonly number[];
}

/** The sums of a text's rows, so scaled that long texts count no more than short ones. */
export function tableLogits({ table, scales }: Pick<Table, "table" | "scales">, match: string): number[] {
  const width = classes.length;
  const sums = new Array<number>(width).fill(0);
  const count = eachRow(match, (row) => {
    for (let column = 0; column < width; column++) {
      sums[column] = (sums[column] ?? 0) + (table[row * width + column] ?? 0);
    }
  });
  const scale = count > 0 ? 1 / Math.sqrt(count) : 0;
  return sums.map((sum, column) => sum * (scales[column] ?? 0) * scale);
}

/** What the linear head is given: the plain twin of native/scan/grader.cpp. `text` as it was, `match` of Scanner.normalise. */
export function inputsOf(model: Table, text: string, match: string, flags: number): Float32Array {
  const inputs = new Float32Array(INPUTS);
  inputs.set(tableLogits(model, match));
  for (let flag = 0; flag < FLAGS; flag++) inputs[FLAGS_AT + flag] = (flags >>> flag) & 1;
  inputs.set(shapesOf(match, text.length), SHAPES_AT);
  const places = placesOf(model.grams);
  eachGram(match, (gram) => {
    const place = places.get(gram);
    if (place !== undefined) inputs[GRAMS_AT + place] = 1;
  });
  return inputs;
}

const known = new WeakMap<readonly number[], ReadonlyMap<number, number>>();
function placesOf(grams: readonly number[]): ReadonlyMap<number, number> {
  let places = known.get(grams);
  if (!places) {
    places = new Map(grams.map((gram, place) => [gram, place]));
    known.set(grams, places);
  }
  return places;
}
