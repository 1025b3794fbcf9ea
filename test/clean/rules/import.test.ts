import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../src/box/config.ts";
import { exportRules, importRules, textOf } from "../../../src/clean/rules/import.ts";

const none = { words: "", rules: [] };
const report = { words: 0, rules: 0, known: 0, users: 0, others: 0, tooLong: 0, noRoom: 0, refused: [] };

describe("the import of rules", () => {
  it("adds a plain list beside what is there, each word once", () => {
    const own = { words: "@ads 3\n旧词", rules: [] };
    const first = importRules("\ufeff新词\r\n旧词\n# 说明\n@abuse 1\n轻词\n呵\n", own, "file");
    assert.equal(first.words, "@ads 3\n旧词\n@custom 2\n新词\n@abuse 1\n轻词\n=呵");
    assert.deepEqual(first.report, { ...report, words: 3, known: 1 });
    const again = importRules("新词\n轻词", first, "file");
    assert.equal(again.words, first.words);
    assert.deepEqual(again.report, { ...report, known: 2 });
  });

  it("reads the block lists of Bilibili's players, as XML and as JSON", () => {
    const xml = `<?xml version="1.0"?><filters>
      <item enabled="true">t=剧透 &amp; &#x4f60;&#22909;</item><item enabled="true"><![CDATA[t=a|b]]></item>
      <item enabled="false">t=关了</item><item enabled="true">u=1a2b3c4d</item><item enabled="true">x=uid=[x]7</item>
      <item enabled="true">t=草</item><item enabled="true">c=ff0000</item></filters>`;
    const { words, report: said } = importRules(xml, none, "file");
    assert.equal(words, "@custom 2\n剧透 & 你好\na b\n=草");
    assert.deepEqual(said, { ...report, words: 3, users: 2, others: 2 });
    const items = [
      { type: 0, filter: "剧透", opened: true, id: 1 },
      { type: 0, filter: "关了", opened: false },
      { type: 2, filter: "1a2b", opened: true },
      { type: 9, filter: "" },
      7,
    ];
    const json = importRules(JSON.stringify(items), none, "file");
    assert.equal(json.words, "@custom 2\n剧透");
    assert.deepEqual(json.report, { ...report, words: 1, users: 1, others: 3 });
  });

  it("makes rules of expressions, and says which of them RE2 refuses", () => {
    const xml =
      '<filters><item enabled="true">r=第\\d+集</item><item enabled="true">r=/(a)\\1/i</item><item enabled="true">r=/a.c/</item></filters>';
    const { rules, report: said } = importRules(xml, none, "list.xml");
    assert.deepEqual(
      rules.map((rule) => rule.kind === "text" && [rule.id, rule.expression, rule.space, rule.source]),
      [
        ["imported-1", "第\\d+集", "raw", "list.xml"],
        ["imported-2", "a.c", "raw", "list.xml"],
      ],
    );
    assert.deepEqual([said.rules, said.refused.length], [2, 1]);
    assert.match(said.refused[0] ?? "", /^\(a\)\\1\.expression: expected an expression of RE2: /);
    assert.deepEqual(importRules(xml, { words: "", rules }, "list.xml").report.known, 2);
  });

  it("takes back what was exported, and says which rules are refused", () => {
    const { clean } = parseConfig({
      clean: {
        words: "@ads 3\n旧词",
        rules: [
          { kind: "text", id: "shop", words: ["小店"] },
          { kind: "context", id: "hurry", perMinute: 9 },
        ],
      },
    });
    const file = exportRules(clean);
    const fresh = importRules(file, none, "file");
    assert.deepEqual([fresh.rules, fresh.words], [clean.rules, "@custom 2\n@ads 3\n旧词"]);
    assert.deepEqual(importRules(file, clean, "file").report, { ...report, known: 3 });
    const odd = JSON.stringify({
      format: "feimu-cleaning",
      version: 1,
      words: "",
      rules: [{ kind: "text" }, 5],
    });
    const { report: said } = importRules(odd, none, "file");
    assert.match(said.refused[0] ?? "", /^rules\[0\]\.id: /);
    assert.equal(said.refused.length, 2);
  });

  it("bounds what it takes, and counts the rest", () => {
    const many = Array.from({ length: 300_000 }, (_, index) => `词${index}号`).join("\n");
    const { words, report: said } = importRules(many, none, "file");
    assert(words.length <= 200_000);
    assert.equal(said.words + said.noRoom, 300_000);
    parseConfig({ clean: { words } });
    const long = importRules(`${"长".repeat(10_000)}\n短词`, none, "file");
    assert.deepEqual(long.report, { ...report, words: 1, tooLong: 1 });
    assert.deepEqual(importRules(`<item>t=${"长".repeat(10_000)}</item>`, none, "file").report, {
      ...report,
      tooLong: 1,
    });
    assert.equal(importRules("<item>".repeat(100_000), none, "file").report.words, 0);
  });

  it("says what it expected of a file that it cannot read", () => {
    const wrong = (text: string, message: RegExp) =>
      assert.throws(() => importRules(text, none, "file"), { name: "ImportError", message });
    wrong("", /the file is empty/);
    wrong("[1,", /expected JSON/);
    wrong('{"a":1}', /expected a list of \{type, filter\}/);
    wrong("@nonsense 2\n词", /^line 1: expected @ and one of/);
  });

  it("reads UTF-8, UTF-16 and GB 18030", () => {
    assert.equal(textOf(Buffer.from("剧透")), "剧透");
    assert.equal(textOf(Buffer.from("\ufeff剧透", "utf16le")).trim(), "剧透");
    assert.equal(textOf(Uint8Array.of(0xbe, 0xe7, 0xcd, 0xb8)), "剧透");
  });

  it("leaves a list that can be kept, whatever comes", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("<item enabled='true'>t=", "</item>", "@ads 3", "\n", "|", "=", "!", "&#x41;", "词"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        let words: string;
        try {
          words = importRules(pieces.join(""), { words: "@abuse 1\n词", rules: [] }, "file").words;
        } catch (error) {
          assert(error instanceof Error && error.name === "ImportError", String(error));
          return;
        }
        parseConfig({ clean: { words } });
      }),
    );
  });
});
