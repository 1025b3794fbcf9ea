import assert from "node:assert/strict";
import { categories } from "../../src/clean/categories.ts";
import { shippedLists } from "../../src/clean/scanner.ts";
import { parseWordList } from "../../src/clean/word-list.ts";

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
});
