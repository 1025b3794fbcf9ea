import { readFileSync } from "node:fs";
import { shippedLists } from "../../clean/scanner.ts";
import { parseWordList } from "../../clean/word-list.ts";

/** A generator of numbers that are the same in each run (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const HAN = 0x4e00;
const KNOWN_HAN = 6_000;

/** A character, few of them often and many rarely, as in any text. */
const character = (random: (below: number) => number) =>
  String.fromCharCode(HAN + Math.floor(KNOWN_HAN * (random(1_000_000) / 1_000_000) ** 3));

const text = (random: (below: number) => number, length: number) =>
  Array.from({ length }, () => character(random)).join("");

/** The words that come with the product, as they are matched, then made up ones of 2 to 6 characters, all different. */
export function wordsOf(count: number, normalise: (word: string) => string): string[] {
  const random = seeded(1);
  const words = new Set<string>();
  for (const { text } of shippedLists()) {
    for (const { words: lines } of parseWordList(text, 0)) {
      for (const line of lines.split("\n")) words.add(normalise(line));
    }
  }
  words.delete("");
  while (words.size < count) words.add(text(random, 2 + random(5)));
  return [...words].slice(0, count);
}

/** Comments of 5 to 40 characters: sentences of the simulated rooms, made up ones, and some with a word in them. */
export function commentsOf(count: number, words: readonly string[]): string[] {
  const random = seeded(2);
  const file = new URL("../../simulators/timeline.json", import.meta.url);
  const said = (JSON.parse(readFileSync(file, "utf8")) as { text?: string }[]).flatMap(({ text = "" }) =>
    // The bench's peers read characters of the basic plane.
    /[\ud800-\udfff]/.test(text) ? [] : [text],
  );
  return Array.from({ length: count }, (_, index) => {
    const length = 5 + random(36);
    let comment = index % 50 === 0 ? (words[random(words.length)] ?? "") : "";
    while (comment.length < length) {
      comment += random(2) ? said[random(said.length)] : text(random, 1 + random(12));
    }
    return comment.slice(0, length);
  });
}
