import assert from "node:assert/strict";
import { Action, type Comment, Kind, Mode } from "../../src/comments/comment.ts";
import { type ExportFormat, exported } from "../../src/comments/export.ts";

const comment = (text: string, more: Partial<Comment> = {}): Comment => ({
  id: text,
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1_800_000_000_000,
  receivedMs: 1_800_000_000_000,
  text,
  author: { id: "pseudonym", name: "甲" },
  colour: 0xff8000,
  sequence: 7,
  verdict: { action: Action.SHOW, revision: 1, reasons: [] },
  ...more,
});
const file = (comments: Comment[], format: ExportFormat, withIds = false) =>
  [...exported(comments, format, withIds)].join("");

describe("an export of comments", () => {
  const later = { timeMs: 1_800_000_012_340 };

  it("is one JSON object a line, without ids unless they are asked for", () => {
    const said = [comment("你好\n"), comment("", { kind: Kind.GIFT, gift: { name: "火箭", count: 1 } })];
    const lines = file(said, "jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ author }) => author),
      [
        { id: "", name: "甲" },
        { id: "", name: "甲" },
      ],
    );
    assert.equal(lines[1].gift.name, "火箭");
    assert.equal(JSON.parse(file(said.slice(0, 1), "jsonl", true)).author.id, "pseudonym");
  });

  it("is a file of Bilibili's players that nobody's text breaks", () => {
    const text = '<b a="1">&\u0007\ud800😀</b>]]>';
    const xml = file([comment("一"), comment(text, { ...later, mode: Mode.TOP })], "xml");
    assert.match(xml, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<i>/);
    assert.match(xml, /<d p="0\.000,1,25,16744448,1800000000,0,,7">一<\/d>/);
    assert.match(
      xml,
      /<d p="12\.340,5,25,16744448,1800000012,0,,7">&lt;b a=&quot;1&quot;&gt;&amp;😀&lt;\/b&gt;\]\]&gt;<\/d>/,
    );
    assert.match(xml, /<\/i>\n$/);
  });

  it("is subtitles in which comments fly, one lane each, and nobody's text is a command", () => {
    const ass = file([comment("一"), comment("二"), comment("{\\b1}三\n四", later)], "ass");
    const lines = ass.split("\n").filter((line) => line.startsWith("Dialogue"));
    assert.deepEqual(lines, [
      "Dialogue: 0,0:00:00.00,0:00:08.00,feimu,{\\move(1280,0,-36,0)\\c&H0080FF&}一",
      "Dialogue: 0,0:00:00.00,0:00:08.00,feimu,{\\move(1280,45,-36,45)\\c&H0080FF&}二",
      "Dialogue: 0,0:00:12.34,0:00:20.34,feimu,{\\move(1280,0,-234,0)\\c&H0080FF&}｛＼b1｝三 四",
    ]);
  });

  it("has no place for what must not be seen", () => {
    const hidden = comment("骂人", {
      id: "hidden",
      verdict: { action: Action.HOLD, revision: 1, reasons: [] },
    });
    for (const format of ["jsonl", "xml", "ass"] as const)
      assert.equal(file([hidden], format).includes("骂人"), false);
    assert.equal(file([comment("", { kind: Kind.LIKE })], "xml").includes("<d "), false);
  });
});
