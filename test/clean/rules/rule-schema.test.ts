import assert from "node:assert/strict";
import { parseConfig } from "../../../src/box/config.ts";

const wrong = (rules: unknown) => {
  try {
    parseConfig({ clean: { rules } });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
};

describe("the form of a rule", () => {
  it("fills in what is usual", () => {
    const [text, context] = parseConfig({
      clean: {
        rules: [
          { kind: "text", id: "shop", words: [" 小店 "] },
          { kind: "context", id: "hurry", perMinute: 20 },
        ],
      },
    }).clean.rules;
    assert.deepEqual(text, {
      kind: "text",
      id: "shop",
      enabled: true,
      about: "",
      category: "custom",
      severity: 2,
      source: "own",
      words: ["小店"],
      space: "normalised",
      boundary: "ascii-word",
      maxGap: 3,
      allow: [],
    });
    assert.deepEqual(context?.kind === "context" && [context.rooms, context.authors, context.kinds], [
      [],
      [],
      [],
    ]);
  });

  it("says where it is wrong and what is expected", () => {
    const path = "config.clean.rules[0]";
    const rule = { kind: "text", id: "a", words: ["词"] };
    assert.equal(wrong([{ ...rule, colour: 1 }]), `${path}.colour: no such key`);
    assert.match(
      wrong([{ ...rule, words: [] }]),
      /rules\[0\]\.words: expected at least one, or an expression$/,
    );
    assert.match(wrong([{ ...rule, words: ["字".repeat(65)] }]), /rules\[0\]\.words\[0\]: .*64/);
    assert.match(wrong([{ ...rule, words: ["=呵"] }]), /rules\[0\]\.words\[0\]: expected no =/);
    assert.match(wrong([{ ...rule, id: "Ä" }]), /rules\[0\]\.id: expected 1 to 40 of/);
    assert.match(wrong([{ ...rule, until: "tomorrow" }]), /rules\[0\]\.until: expected a time as/);
    const expression = (pattern: string) => wrong([{ kind: "text", id: "a", expression: pattern }]);
    assert.equal(expression("加.{0,3}群"), "");
    const refused = `${path}.expression: expected an expression of RE2: `;
    assert.equal(expression("(a)\\1"), `${refused}invalid escape sequence: \\1`);
    assert.equal(expression("a*"), `${refused}it matches where there is nothing`);
    for (const pattern of ["(?<=a)b", "((a{1,100}){1,100}){1,100}", "(", "[z-a]"]) {
      assert(expression(pattern).startsWith(refused), pattern);
    }
    const times = { from: "2030-01-02T00:00:00Z", until: "2030-01-01T00:00:00Z" };
    assert.equal(wrong([{ ...rule, ...times }]), `${path}.until: expected a time after from`);
    assert.match(wrong([{ ...rule, kind: "other" }]), /rules\[0\]/);
    assert.equal(wrong([rule, rule]), "config.clean.rules[1].id: there is another rule a");
    assert.match(wrong([{ kind: "context", id: "a" }]), /rules\[0\]: expected at least one of rooms/);
    assert.match(wrong([{ kind: "context", id: "a", rooms: ["7"] }]), /rooms\[0\]: expected PLATFORM:ROOM/);
    assert.match(wrong([{ kind: "context", id: "a", repeats: 2, words: ["词"] }]), /words: no such key/);
    const many = Array.from({ length: 401 }, (_, index) => ({ ...rule, id: `r${index}` }));
    assert.match(wrong(many), /^config\.clean\.rules: .*400/);
  });
});
