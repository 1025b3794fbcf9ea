import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Scanner } from "../../src/clean/scanner.ts";

/** Characters that are no letters between two of a word, at most. */
const MAX_GAP = 3;

interface Unit {
  readonly character: string;
  readonly start: number;
  end: number;
  readonly gap: number;
  run: number;
}

/** What the normaliser makes of plain Han characters, separators and zero-width spaces, written down once more. */
function unitsOf(text: string): Unit[] {
  const units: Unit[] = [];
  let gap = 0;
  for (const [at, character] of [...text].entries()) {
    const last = units.at(-1);
    if (character === "\u200b") continue;
    if (character === "、") gap++;
    else if (last?.character === character) {
      last.run++;
      last.end = at + 1;
      gap = 0;
    } else {
      units.push({ character, start: at, end: at + 1, gap, run: 1 });
      gap = 0;
    }
  }
  return units;
}

/** Looks for each word at each place. */
function twin(words: readonly string[], text: string): string[] {
  const found = new Set<string>();
  const units = unitsOf(text);
  for (const word of words) {
    const wanted = unitsOf(word);
    for (let first = 0; first + wanted.length <= units.length; first++) {
      const place = units.slice(first, first + wanted.length);
      const stands = place.every(
        ({ character, gap, run }, nth) =>
          character === wanted[nth]?.character &&
          (nth === 0 || gap <= MAX_GAP) &&
          (wanted[nth].run === 1 || run > 1),
      );
      if (stands) found.add(`${word} ${place[0]?.start} ${place.at(-1)?.end}`);
    }
  }
  return [...found].sort();
}

describe("the scanner, and what is known of it by other means", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-twin-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const word = fc.string({ unit: fc.constantFrom(..."甲乙丙丁"), minLength: 1, maxLength: 5 });
  const words = fc.uniqueArray(word, { minLength: 1, maxLength: 30 });
  const text = fc.string({ unit: fc.constantFrom(..."甲甲乙乙丙丁、\u200b"), maxLength: 40 });
  const found = (scanner: Scanner, text: string) =>
    (scanner.scan(text) ?? [])
      .filter(({ form }) => form === "written")
      .map(({ word, start, end }) => `${word} ${start} ${end}`)
      .sort();
  const listOf = (words: readonly string[]) => `@abuse 1\n${words.join("\n")}`;

  it("finds what a plain search finds, in any text", () => {
    const scanner = Scanner.open(folder, []);
    fc.assert(
      fc.property(words, fc.array(text, { maxLength: 10 }), (list, texts) => {
        scanner.setOwnWords(listOf(list));
        for (const one of texts) assert.deepEqual(found(scanner, one), twin(list, one), one);
      }),
      { numRuns: 300 },
    );
  });

  it("finds the same in what was edited as in what was compiled anew", () => {
    const base = ["甲乙", "丙丁", "乙", "甲丙丁"];
    const edited = Scanner.open(folder, [{ name: "base", text: listOf(base) }]);
    const edits = fc.array(fc.record({ own: words, rules: words }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, text, (steps, one) => {
        for (const { own, rules } of steps) {
          edited.setOwnWords(listOf(own));
          edited.setRuleWords(rules);
        }
        const { own = [], rules = [] } = steps.at(-1) ?? {};
        const parts = [base, own, rules].flatMap((list) => twin(list, one));
        assert.deepEqual(found(edited, one), parts.sort());
      }),
      { numRuns: 200 },
    );
  });

  it("maps each hit back to where it stands, whatever it is disguised as", () => {
    const scanner = Scanner.open(folder, []);
    scanner.setOwnWords("@abuse 2\n坏东西\n买瓜\nbuy\n1群");
    const piece = fc.oneof(
      fc.constantFrom(..."坏壞东東西买買瓜ⓑＢuyУ1①壹一群羣🎉、 \u200b\u0301", "\ud83d"),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const all = pieces.join("");
        for (const { word, form, start, end } of scanner.scan(all) ?? []) {
          assert(start < end && end <= all.length);
          if (form === "spoken") continue;
          const there = scanner.normalise(all.slice(start, end));
          const wanted = scanner.normalise(word);
          assert.equal(there, form === "reversed" ? [...wanted].reverse().join("") : wanted, all);
        }
      }),
      { numRuns: 400 },
    );
  });
});
