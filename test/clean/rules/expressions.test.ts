import assert from "node:assert/strict";
import fc from "fast-check";
import { Expressions } from "../../../src/clean/rules/expressions.ts";

/** Of one expression in a text. */
const MAX_MATCHES = 16;

describe("expressions", () => {
  it("are found where JavaScript's own engine finds them", () => {
    const atom = fc.constantFrom("甲", "乙", "a", "🎉", "[甲a]", "[^乙]", ".", "\\d", "(?:甲乙|a)");
    const times = fc.constantFrom("", "", "?", "+", "{1,3}", "*?");
    const pattern = fc
      .array(fc.tuple(atom, times), { minLength: 1, maxLength: 5 })
      .map((parts) => `甲?${parts.map(([one, count]) => one + count).join("")}1?`);
    const patterns = fc.uniqueArray(pattern, { minLength: 1, maxLength: 6 });
    const text = fc.string({
      unit: fc.constantFrom("甲", "乙", "a", "A", "🎉", "1", "𠮷", " "),
      maxLength: 20,
    });
    fc.assert(
      fc.property(patterns, text, (all, one) => {
        const found = new Expressions(all).find(one, false);
        for (const pattern of all) {
          const wanted = [...one.matchAll(new RegExp(pattern, "giu"))]
            .filter(([match]) => match !== "")
            .map(({ index, 0: match }) => `${index} ${index + match.length}`)
            .slice(0, MAX_MATCHES);
          const there = (found.get(pattern) ?? []).map(({ start, end }) => `${start} ${end}`);
          assert.deepEqual(there, wanted, `${pattern} in ${one}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("bear a text of a million characters, and one of lone surrogates", () => {
    const expressions = new Expressions(["(a+)+b", "\\x{FFFD}{2}", "加.{0,3}群"]);
    assert.equal(expressions.find("a".repeat(1_000_000), false).size, 0);
    assert.deepEqual(expressions.find("好\ud83d\ud83d加群", false).get("\\x{FFFD}{2}"), [
      { start: 1, end: 3 },
    ]);
    assert.deepEqual(expressions.find(`${"好".repeat(500_000)}加，群`, true).get("加.{0,3}群"), [
      { start: 500_000, end: 500_003 },
    ]);
    assert.equal(new Expressions([]).find("加群", false).size, 0);
  });
});
