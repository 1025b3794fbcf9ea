import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe("feimu clean", () => {
  let cache = "";
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), "feimu-cli-clean-"));
  });
  after(() => rm(cache, { recursive: true }));
  const clean = async (input: string) => {
    const child = spawn(process.execPath, [main, "clean", "--json"], {
      env: { ...process.env, XDG_CACHE_HOME: cache },
    });
    child.stdin.end(input);
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return {
      errors,
      lines: out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    };
  };

  it("judges and grades each line of a file, in their order", async () => {
    const advert = "收金币 大量收 要出的私聊 价格好说 长期有效";
    const many = Array.from({ length: 200 }, (_, index) => `第${index}局打得真漂亮`);
    const { lines, errors } = await clean([...many, advert, "傻逼主播"].join("\n"));
    assert.equal(errors, "");
    assert.deepEqual(
      lines.map((line) => line.text),
      [...many, advert, "傻逼主播"],
    );
    assert(lines.slice(0, 200).every(({ verdict, grade }) => verdict === "show" && grade.normal > 0.5));
    const [{ verdict, heldFor, grade }, unfit] = lines.slice(200);
    assert.deepEqual([verdict, heldFor, Object.keys(grade)[0]], ["hold", "ads", "ads"]);
    assert.deepEqual([unfit.verdict, unfit.shown], ["mask", "●●主播"]);
  });

  it("judges lines that say when they were beside those before them, and names these", async () => {
    const at = (timeMs: number, author: unknown, said: string, more: object = {}) =>
      JSON.stringify({ text: said, author, timeMs, ...more });
    const { lines, errors } = await clean(
      [
        at(1_000, "甲", "想看的都来加"),
        at(2_000, "乙", "今天天气真好"),
        at(3_000, { name: "约炮大王" }, "赌"),
        at(3_500, "丙", "晚上好", { room: "2" }),
        at(4_000, "甲", "微信哈"),
        at(4_500, { id: "d", name: "丁" }, "博"),
        at(40_000, "甲", "主播太厉害了吧"),
        at(40_100, "乙", "主播太厉害了吧！"),
        at(40_200, "丙", "主播太厉害了吧吧", { timeMs: 1, receivedMs: 40_200 }),
        at(40_300, "丁", "主播太厉害了吧", { room: "2" }),
        at(90_000, "甲", "主播太厉害了吧"),
        '{"text": "微信哈", "author": "甲"}',
        "赌",
        "博",
      ].join("\n"),
    );
    assert.equal(errors, "");
    assert.deepEqual(
      lines.map(({ verdict }) => verdict),
      [..."1234"]
        .map(() => "show")
        .concat("hold", "hold", "show", "show", "fold", ...[..."12345"].map(() => "show")),
    );
    const [split] = lines[4].reasons;
    assert.deepEqual(
      [split.word, split.category, split.action, split.lines],
      ["加微信", "ads", "hold", [1, 5]],
    );
    assert.deepEqual(lines[5].reasons[0].lines, [3, 6]);
    assert.deepEqual([lines[8].foldedInto, lines[8].count, lines[8].timeMs], [7, 3, 1]);
    assert.deepEqual([lines[2].author, lines[5].author], [{ name: "●●大王" }, { id: "d", name: "丁" }]);
  });
});
