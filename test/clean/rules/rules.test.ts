import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../src/box/config.ts";
import { Judge } from "../../../src/clean/judge.ts";
import { Scanner } from "../../../src/clean/scanner.ts";
import { Action, type Comment, Kind } from "../../../src/comments/comment.ts";

describe("a rule", () => {
  let folder = "";
  let judge: Judge;
  let nowMs = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-rules-"));
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    nowMs = Date.parse("2030-01-01T12:00:00Z");
    const lists = [{ name: "test", text: "@abuse 2\n坏蛋\n!坏蛋糕" }];
    judge = new Judge(Scanner.open(folder, lists), settings([]), { now: () => nowMs });
  });
  const settings = (rules: readonly object[]) => parseConfig({ clean: { foldS: 0, rules } }).clean;
  const keep = (...rules: object[]) => judge.configure(settings(rules));
  const say = (text: string | undefined, more: Partial<Comment> = {}) =>
    judge.judge({
      id: String(nowMs++),
      platform: "douyu",
      room: "1",
      kind: Kind.CHAT,
      timeMs: nowMs,
      receivedMs: nowMs,
      ...(text !== undefined && { text }),
      ...more,
    });
  const verdict = (text: string, more?: Partial<Comment>) => {
    const { verdict, text: shown } = say(text, more);
    return [verdict?.action, shown, ...(verdict?.reasons ?? [])];
  };
  const isShown = (text: string) => say(text).verdict?.action === Action.SHOW;
  const text = (more: object) => ({ kind: "text", id: "shop", category: "ads", words: ["小店"], ...more });

  it("does what the dial says of its category, or what it says itself, and gives its name", () => {
    keep(text({}));
    assert.deepEqual(verdict("来我的小·店看看"), [Action.HOLD, "来我的小·店看看", "ads:2:rule:shop"]);
    keep(text({ action: "mask" }));
    assert.deepEqual(verdict("来我的小店看看坏蛋"), [
      Action.MASK,
      "来我的●●看看●●",
      "ads:2:rule:shop",
      "abuse:2",
    ]);
    keep(text({ action: "show" }));
    assert.deepEqual(verdict("来我的小店"), [Action.SHOW, "来我的小店"]);
    keep(text({ enabled: false }));
    assert(isShown("来我的小店"));
  });

  it("looks at a text as it stands there, without disguise, or by its sound", () => {
    keep(text({ space: "raw" }));
    assert.deepEqual(["小店", "小·店", "xiao店"].map(isShown), [false, true, true]);
    keep(text({ space: "normalised" }));
    assert.deepEqual(["小店", "小·店", "xiao店"].map(isShown), [false, false, true]);
    keep(text({ space: "spoken", severity: 1, action: "hold" }));
    assert.deepEqual(["小店", "小·店", "xiao店"].map(isShown), [false, false, false]);
  });

  it("keeps to the boundaries and the gap that it names", () => {
    keep(text({ boundary: "whole" }));
    assert.deepEqual(["小店！", "我的小店"].map(isShown), [false, true]);
    keep(text({ maxGap: 1 }));
    assert.deepEqual(["小-店", "小--店", "小店"].map(isShown), [false, true, false]);
    const word = { words: ["ass", "12"] };
    keep(text({ ...word, boundary: "none" }));
    assert.deepEqual(["ass", "class", "ｃｌａｓｓ", "8123"].map(isShown), [false, false, false, false]);
    keep(text(word));
    const texts = ["有Ass吗", "kick ass 2", "class", "ｃｌａｓｓ", "🅒🅛🅐🅢🅢", "asset", "8123", "第12条"];
    assert.deepEqual(texts.map(isShown), [false, false, true, true, true, true, true, false]);
  });

  it("applies beside some words alone, not beside others, and not within a phrase", () => {
    keep(text({ require: { words: ["优惠"], within: 5 } }));
    assert.deepEqual(["小店", "小店有優-惠", "优惠了很久很久很久的小店"].map(isShown), [true, false, true]);
    keep(text({ forbid: { words: ["学校"], within: 4 } }));
    assert.deepEqual(["小店", "学校小店", "小店在学校"].map(isShown), [false, true, true]);
    keep(text({ allow: ["小店员"] }));
    assert.deepEqual(["小店", "小店员", "小·店、员和小店"].map(isShown), [false, true, false]);
  });

  it("finds expressions in texts as they are and without disguise, and beside its words alone", () => {
    const wanted = (more: object) => ({ kind: "text", id: "e", action: "mask", ...more });
    keep(wanted({ expression: "加.{0,3}群", space: "raw" }));
    assert.deepEqual(
      ["🎉快加我Q群吧", "加、、、、群"].map((one) => verdict(one)[1]),
      ["🎉快●●●●吧", "加、、、、群"],
    );
    keep(wanted({ expression: "加q?群" }));
    assert.deepEqual(verdict("🎉快加、Ｑ　羣吧"), [Action.MASK, "🎉快●●●●●吧", "custom:2:rule:e"]);
    keep(wanted({ words: ["小店"], expression: "满\\d+减" }));
    assert.deepEqual(["满100减", "小店", "小店满100减"].map(isShown), [true, true, false]);
    keep(wanted({ expression: "b.g", boundary: "ascii-word", forbid: { words: ["修"], within: 3 } }));
    assert.deepEqual(["有BUG", "bugs", "修bug"].map(isShown), [false, true, true]);
  });

  it("is in force from a time and until a time", () => {
    keep(text({ from: "2030-01-01T13:00:00Z", until: "2030-01-01T22:00:00+08:00" }));
    assert(isShown("小店"));
    nowMs = Date.parse("2030-01-01T13:00:00Z");
    assert(!isShown("小店"));
    nowMs = Date.parse("2030-01-01T14:00:00Z");
    assert(isShown("小店"));
  });

  it("may share its word with another rule and with the operator's list", () => {
    const rules = [text({}), text({ id: "other", action: "mask", category: "custom" })];
    judge.configure({ ...settings(rules), words: "@abuse 3\n小店" });
    assert.deepEqual(verdict("小店"), [
      Action.HOLD,
      "小店",
      "abuse:3",
      "ads:2:rule:shop",
      "custom:2:rule:other",
    ]);
  });

  it("finds its words cut over an author's comments, too", () => {
    keep(text({ words: ["来我小店"] }));
    const author = { id: "甲" };
    assert.deepEqual(verdict("来我", { author }), [Action.SHOW, "来我"]);
    assert.deepEqual(verdict("小店", { author }), [Action.HOLD, "小店", "ads:2:rule:shop:split"]);
  });

  it("judges who speaks, where, what it is, how often and how often the same", () => {
    const context = (more: object) => ({ kind: "context", id: "who", action: "hold", ...more });
    const author = { id: "甲" };
    keep(context({ rooms: ["douyu:2"], authors: ["甲"] }));
    const of = (more: Partial<Comment>) => say("好", more).verdict?.action;
    assert.deepEqual(
      [of({ author, room: "2" }), of({ author }), of({ author: { id: "乙" }, room: "2" }), of({ room: "2" })],
      [Action.HOLD, Action.SHOW, Action.SHOW, Action.SHOW],
    );
    keep(context({ kinds: ["enter"], action: "drop" }));
    assert.equal(say(undefined, { kind: Kind.ENTER, author }).verdict?.action, Action.DROP);
    assert.equal(of({ author }), Action.SHOW);
    keep(context({ perMinute: 2 }));
    assert.deepEqual(
      ["乙", "乙", "丙", "乙"].map((id) => of({ author: { id } })),
      [Action.SHOW, Action.SHOW, Action.SHOW, Action.HOLD],
    );
    const host = { id: "主", moderator: true };
    assert.deepEqual(
      [1, 2, 3, 4].map(() => of({ author: host })),
      [Action.SHOW, Action.SHOW, Action.SHOW, Action.SHOW],
    );
    nowMs += 60_000;
    assert.equal(of({ author: { id: "乙" } }), Action.SHOW);
    keep(context({ repeats: 3, action: "mask" }));
    assert.deepEqual(
      ["开团", "开.团", "别的", "開團"].map((one) => verdict(one, { author: { id: "丁" } }).slice(0, 2)),
      [
        [Action.SHOW, "开团"],
        [Action.SHOW, "开.团"],
        [Action.SHOW, "别的"],
        [Action.MASK, "●●"],
      ],
    );
    nowMs -= 3_600_000;
    assert.equal(of({ author: { id: "丁" } }), Action.SHOW);
  });

  it("costs nothing where it has nothing to look at, and bears as many as may be kept", () => {
    const word = (index: number) => `第${String.fromCodePoint(0x4e00 + index)}词`;
    keep(...Array.from({ length: 400 }, (_, index) => text({ id: `r${index}`, words: [word(index)] })));
    assert.deepEqual(verdict(word(399))[2], "ads:2:rule:r399");
    assert(isShown(word(400)));
    keep();
    assert(isShown(word(399)));
  });
});
