import assert from "node:assert/strict";
import { parseConfig } from "../../src/box/config.ts";
import { fieldOfTime, ruleOf } from "../../src/web/ui/rule-form.ts";

describe("the form of a rule on the page", () => {
  const form = (fields: Readonly<Record<string, string | readonly string[]>>) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of typeof value === "string" ? [value] : value) data.append(name, one);
    }
    return data;
  };
  const common = {
    ruleId: "shop",
    category: "ads",
    severity: "3",
    action: "",
    from: "",
    until: "",
    about: " 小店 ",
  };

  it("gives what the configuration takes, without what was left empty", () => {
    const text = form({
      ...common,
      kind: "text",
      words: " 小店\r\n\n大店 ",
      space: "raw",
      boundary: "whole",
      maxGap: "0",
      requireWords: "优惠",
      requireWithin: "5",
      forbidWords: "",
      forbidWithin: "8",
      allow: "",
      from: "2030-01-01T08:00",
    });
    const [rule] = parseConfig({ clean: { rules: [ruleOf(text, false, "file")] } }).clean.rules;
    assert.deepEqual(rule, {
      kind: "text",
      id: "shop",
      enabled: false,
      about: "小店",
      category: "ads",
      severity: 3,
      source: "file",
      from: new Date("2030-01-01T08:00").toISOString(),
      words: ["小店", "大店"],
      space: "raw",
      boundary: "whole",
      maxGap: 0,
      require: { words: ["优惠"], within: 5 },
      allow: [],
    });
    assert.equal(fieldOfTime(rule?.from), "2030-01-01T08:00");
    assert.equal(fieldOfTime(undefined), "");
  });

  it("gives a rule about who says it", () => {
    const context = form({
      ...common,
      action: "hold",
      kind: "context",
      rooms: "douyu:1",
      authors: "",
      kinds: ["chat", "gift"],
      perMinute: "20",
      repeats: "",
    });
    const [rule] = parseConfig({ clean: { rules: [ruleOf(context, true, "own")] } }).clean.rules;
    assert(rule?.kind === "context");
    assert.deepEqual(
      [rule.rooms, rule.authors, rule.kinds, rule.perMinute, rule.repeats, rule.action],
      [["douyu:1"], [], ["chat", "gift"], 20, undefined, "hold"],
    );
  });
});
