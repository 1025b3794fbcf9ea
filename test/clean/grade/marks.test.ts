import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanText } from "../../../src/clean/clean-text.ts";
import type { Class } from "../../../src/clean/grade/features.ts";
import { Grader } from "../../../src/clean/grade/grader.ts";
import { Marks } from "../../../src/clean/grade/marks.ts";
import { Judge } from "../../../src/clean/judge.ts";
import { Scanner, shippedLists } from "../../../src/clean/scanner.ts";
import { Action } from "../../../src/comments/comment.ts";

const days = ["周一", "周二", "周三", "周四", "周五"];
const places = ["东门", "西门", "广场", "操场"];
/** Twenty that are alike. */
const alike = days.flatMap((day) => places.map((place) => `${day}晚上${place}摆摊卖烤串欢迎来吃`));
const unseen = "周六晚上湖边摆摊卖烤串欢迎来吃呀";
const harmless = ["今天这首歌真好听", "周末晚上去哪里玩", "欢迎来直播间", "哈哈哈哈"];

describe("marks", () => {
  let folder = "";
  let scanner: Scanner;
  let marks: Marks;
  let judge: Judge;
  const grader = Grader.open();
  const open = (onDamaged: (why: unknown) => void = (why) => assert.fail(String(why))) =>
    Marks.open(folder, (text) => scanner.normalise(text), onDamaged);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-marks-"));
    scanner = Scanner.open(folder, shippedLists());
    marks = open();
    judge = new Judge(
      scanner,
      { profile: "bar", strength: 2, words: "", foldS: 0 },
      { graders: { grader, marks } },
    );
  });
  afterEach(() => rm(folder, { recursive: true }));
  const mark = (text: string, label: Class, author = "a") => marks.add({ text, label, author, atMs: 1 });
  const actionOn = (text: string) => judge.judgeText(cleanText(text)).action;

  it("hold what is like twenty comments that were not fine, and nothing else", () => {
    assert.equal(actionOn(unseen), Action.SHOW);
    for (const text of alike) mark(text, "ads");
    const { action, heldFor } = judge.judgeText(cleanText(unseen));
    assert.deepEqual([action, heldFor], [Action.HOLD, "ads"]);
    for (const text of harmless) assert.equal(actionOn(text), Action.SHOW, text);
  });

  it("act no more once they are taken back", () => {
    for (const text of alike) mark(text, "ads");
    assert.equal(actionOn(unseen), Action.HOLD);
    for (const text of alike) assert(marks.remove(text));
    assert.equal(actionOn(unseen), Action.SHOW);
    assert.equal(marks.remove(unseen), false);
  });

  it("let through what is like twenty comments that were fine", () => {
    const sold = (what: string) => `收${what}金币 大量收 要出的私聊 价格好说 长期有效`;
    assert.equal(actionOn(sold("")), Action.HOLD);
    for (const day of days) for (const place of places) mark(sold(day + place), "normal");
    assert.equal(actionOn(sold("")), Action.SHOW);
  });

  it("decide at once on the very same text, however it is disguised; the last word counts", () => {
    mark("摆摊卖烤串", "ads");
    assert.equal(actionOn("摆·摊·卖·烤·串！"), Action.HOLD);
    mark("烤串摆摊卖烤串啦", "ads");
    mark("摆 摊 卖烤串", "normal");
    assert.equal(actionOn("摆摊卖烤串"), Action.SHOW);
    assert.equal(marks.size, 2);
  });

  it("outlive the process, and are bounded", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      text: `第${String.fromCharCode(0xac00 + index)}句话`,
      label: "ads",
      author: "",
      atMs: 1,
    }));
    await writeFile(join(folder, "marks.json"), JSON.stringify(many));
    marks = open();
    assert.equal(marks.size, 1_000);
    mark("长".repeat(30).concat("短句".repeat(300)), "abuse");
    const again = open();
    assert.deepEqual(again.all, marks.all);
    assert.deepEqual([again.size, again.all[0]?.text], [1_000, many[1]?.text]);
    assert.equal(again.all.at(-1)?.text.length, 200);
  });

  it("begin anew when their file is damaged", async () => {
    await writeFile(join(folder, "marks.json"), '[{"text":1}]');
    const why: unknown[] = [];
    assert.equal(open((error) => why.push(error)).size, 0);
    assert.equal(why.length, 1);
  });

  it("go with their author, and all of them with the event", async () => {
    mark("摆摊卖烤串", "ads", "a");
    mark("烤串真好吃", "normal", "b");
    marks.forget("a");
    assert.deepEqual(
      marks.all.map(({ text }) => text),
      ["烤串真好吃"],
    );
    marks.clear();
    assert.equal(marks.size, 0);
    await assert.rejects(readFile(join(folder, "marks.json")), { code: "ENOENT" });
  });
});
