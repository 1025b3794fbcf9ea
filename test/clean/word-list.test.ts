import assert from "node:assert/strict";
import fc from "fast-check";
import { categories } from "../../src/clean/categories.ts";
import { shippedLists } from "../../src/clean/scanner.ts";
import { changeOf, parseWordList } from "../../src/clean/word-list.ts";

describe("a word list", () => {
  it("says of each word what it is unfit for and how much", () => {
    const groups = parseWordList(
      "# remark\n坏词|另一个\r\n\n@porn 3\n  词 \n! 无害的词|也无害\n@porn 3\nmore words\n@abuse 1\n词",
      4,
    );
    const of = (category: string, severity: number, allowed: boolean, words: string) => ({
      list: 4,
      category: (categories as readonly string[]).indexOf(category),
      severity,
      allowed,
      words,
    });
    assert.deepEqual(groups, [
      of("custom", 2, false, "坏词\n另一个"),
      of("porn", 3, false, "词\nmore words"),
      of("porn", 3, true, "无害的词\n也无害"),
      of("abuse", 1, false, "词"),
    ]);
  });

  it("says which line is wrong", () => {
    for (const line of ["@nonsense 2", "@porn", "@porn 4", "@"]) {
      assert.throws(() => parseWordList(`词\n${line}`, 0), {
        name: "WordListError",
        message: /^line 2: expected @ and one of political, .*, then 1, 2 or 3$/,
      });
    }
    assert.throws(() => parseWordList("词".repeat(100_001), 0), /line 1: expected at most/);
  });

  it("of 2,500 words and more comes with the product, in all categories but the operator's", () => {
    const words = new Set<string>();
    const seen = new Set<string>();
    for (const { name, text } of shippedLists()) {
      for (const { category, allowed, words: lines } of parseWordList(text, 0)) {
        seen.add(categories[category] ?? "");
        if (!allowed) for (const word of lines.split("\n")) words.add(`${name} ${word}`);
      }
    }
    assert(words.size >= 2_500, `${words.size}`);
    assert.deepEqual([...seen].sort(), categories.filter((category) => category !== "custom").toSorted());
  });

  it("and what was changed in it make the new one, with nothing too little", () => {
    const line = fc.constantFrom(
      "甲",
      "乙",
      "甲乙",
      "=丙",
      "!丙丁",
      " 丁|甲 ",
      "",
      "# 甲",
      "@porn 3",
      " @abuse 1",
      "戊@己",
    );
    const list = fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n"));
    const wordsOf = (text: string) =>
      parseWordList(text, 0).flatMap(({ category, severity, allowed, words }) =>
        words.split("\n").map((word) => ({
          word: word.replace("=", ""),
          key: `${category} ${severity} ${allowed} ${word}`,
        })),
      );
    fc.assert(
      fc.property(list, list, list, list, (head, before, after, tail) => {
        const [was, is] = [before, after].map((middle) => `${head}\n${middle}\n${tail}`);
        const change = changeOf(was ?? "", is ?? "", 1_000);
        if (!change) return;
        const went = new Set(change.went);
        const kept = wordsOf(was ?? "").filter(({ word }) => !went.has(word));
        const served = new Set([...kept, ...wordsOf(change.came)].map(({ key }) => key));
        for (const { key } of wordsOf(is ?? "")) assert(served.has(key), key);
      }),
      { numRuns: 2_000 },
    );
    assert.deepEqual(changeOf("@porn 3\n甲\n乙", "@porn 3\n甲\n丙\n乙", 100), {
      came: "@porn 3\n丙",
      went: [],
    });
    assert.deepEqual(changeOf("甲\n乙", "甲", 100), { came: "", went: ["乙"] });
    assert.equal(changeOf("甲\n乙", "甲\n@porn 3\n乙", 100), undefined);
    assert.equal(changeOf("甲", "乙".repeat(100), 100), undefined);
  });
});
