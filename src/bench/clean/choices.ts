import { cleanText } from "../../clean/clean-text.ts";
import { classes, INPUTS } from "../../clean/grade/features.ts";
import { scores } from "../../clean/grade/figures.ts";
import { type Row, readFolder } from "../../clean/grade/train/data.ts";
import { type Inputs, logitsOf, trainHead } from "../../clean/grade/train/head.ts";
import type { Judge } from "../../clean/judge.ts";
import type { Scanner } from "../../clean/scanner.ts";
import { Action } from "../../comments/comment.ts";
import { seeded } from "./corpus.ts";

/** A busy room. */
const PER_SECOND = 50;
const WINDOW_MS = 1_000;

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const grams = (text: string, shortest: number, longest: number): string[] =>
  Array.from({ length: text.length }, (_, from) =>
    Array.from({ length: longest - shortest + 1 }, (_, more) => text.slice(from, from + shortest + more)),
  )
    .flat()
    .filter(({ length }) => length >= shortest);

/** The low 8 bits of a SimHash of characters and pairs. */
function low8Bits(text: string): number {
  const sums = new Int32Array(8);
  for (const hash of grams(text, 1, 2).map(fnv)) {
    for (let bit = 0; bit < 8; bit++) sums[bit] = (sums[bit] ?? 0) + ((hash >>> bit) & 1 ? 1 : -1);
  }
  return sums.reduce((key, sum, bit) => key | (sum > 0 ? 1 << bit : 0), 0);
}

/** Different comments of a busy room that count as said before: by the low 8 bits as their key, and by ours. */
function swallowed(scanner: Scanner, comments: readonly string[]) {
  const different = [...new Set(comments.map((comment) => scanner.normalise(comment)))];
  const lastMs = new Map<number, number>();
  let [byKey, byUs] = [0, 0];
  for (const [index, comment] of different.entries()) {
    const nowMs = (index * 1_000) / PER_SECOND;
    const key = low8Bits(comment);
    if (nowMs - (lastMs.get(key) ?? Number.NEGATIVE_INFINITY) <= WINDOW_MS) byKey++;
    lastMs.set(key, nowMs);
    if (scanner.repeat("choices", comment, nowMs, WINDOW_MS).count > 1) byUs++;
  }
  return { low8Bits: byKey / different.length, ours: byUs / different.length };
}

/** Repeats up to a second after the first: found in a map that is swapped for an empty one each second, and by ours. */
function foundAgain(scanner: Scanner, comments: readonly string[]) {
  const random = seeded(6);
  let [swapped, ours] = [0, 0];
  for (const [index, comment] of comments.entries()) {
    const firstMs = random(1_000);
    const againMs = firstMs + random(WINDOW_MS);
    if (Math.floor(firstMs / WINDOW_MS) === Math.floor(againMs / WINDOW_MS)) swapped++;
    scanner.repeat(`again ${index}`, comment, firstMs, WINDOW_MS);
    if (scanner.repeat(`again ${index}`, comment, againMs, WINDOW_MS).count > 1) ours++;
  }
  return { swappedMap: swapped / comments.length, ours: ours / comments.length };
}

/** Words of the lists in sentences, found by splitting them into words of the language first, and by ours. */
function segmented(judge: Judge, words: readonly string[]) {
  const splitter = new Intl.Segmenter("zh", { granularity: "word" });
  const known = new Set(words);
  const sentences = words.map((word) => cleanText(`今天有人说${word}真的吗`));
  const timed = (finds: (text: (typeof sentences)[number]) => boolean) => {
    const startMs = performance.now();
    const found = sentences.filter(finds).length;
    return {
      recall: found / sentences.length,
      perSecond: Math.round((sentences.length * 1e3) / (performance.now() - startMs)),
    };
  };
  return {
    byWords: timed((text) => Array.from(splitter.segment(text)).some(({ segment }) => known.has(segment))),
    ours: timed((text) => judge.judgeWords(text).action !== Action.SHOW),
  };
}

/** 2- to 4-grams, hashed into the inputs whatever they say. */
function blindInputs({ match }: Row): Inputs {
  const places = [...new Set(grams(match, 2, 4).map((gram) => fnv(gram) % INPUTS))];
  return { places: Uint16Array.from(places), values: new Float32Array(places.length).fill(1) };
}

/** Macro-F1 on real rows of a head that learns from blindly hashed inputs. */
function blindlyHashed(judge: Judge, scanner: Scanner, folder: string) {
  const { train, measure } = readFolder(folder, (text) => {
    const { hits, action } = judge.judgeWords(cleanText(text));
    return { match: scanner.normalise(text), hits, passes: action === Action.SHOW };
  });
  const head = trainHead(
    train.map(blindInputs),
    train.map(({ label }) => label),
  );
  const real = measure.filter(({ source }) => source.startsWith("real:"));
  return scores(
    real.map((row) => {
      const grade = new Float64Array(classes.length);
      logitsOf(head, blindInputs(row), grade);
      return { row, grade };
    }),
  ).macroF1;
}

/** What is often proposed, beside what is done here. */
export function choices(
  judge: Judge,
  scanner: Scanner,
  words: readonly string[],
  comments: readonly string[],
  dataFolder?: string,
) {
  return {
    differentSwallowed: swallowed(scanner, comments),
    repeatsFound: foundAgain(scanner, comments),
    wordsFound: segmented(judge, words),
    blindHashMacroF1Real: dataFolder === undefined ? null : blindlyHashed(judge, scanner, dataFolder),
  };
}
