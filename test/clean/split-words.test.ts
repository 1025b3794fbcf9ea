import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Judge } from "../../src/clean/judge.ts";
import { Scanner } from "../../src/clean/scanner.ts";
import { Action, Kind } from "../../src/comments/comment.ts";

describe("a word that is cut over comments", () => {
  let folder = "";
  let judge: Judge;
  let nowMs = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-split-"));
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    const text = "@abuse 2\n坏蛋\n@ads 2\n快来买我的瓜\n@porn 3\n丑事多\n@abuse 1\n笨鸟";
    judge = new Judge(Scanner.open(folder, [{ name: "test", text }]), {
      profile: "bar",
      strength: 2,
      words: "",
      foldS: 0,
    });
    nowMs = 1_000_000;
  });
  const says = (author: string | undefined, ...texts: string[]) =>
    texts.map((text) => {
      nowMs += 1_000;
      const { verdict } = judge.judge({
        id: String(nowMs),
        platform: "douyu",
        room: "1",
        kind: Kind.CHAT,
        timeMs: nowMs,
        receivedMs: nowMs,
        text,
        ...(author !== undefined && { author: { id: author } }),
      });
      return [verdict?.action, ...(verdict?.reasons ?? [])].join(" ");
    });
  const shown = String(Action.SHOW);

  it("is held with its last part, by one author in between others", () => {
    assert.deepEqual(says("甲", "快来"), [shown]);
    assert.deepEqual(says("乙", "今天天气真好"), [shown]);
    assert.deepEqual(says("甲", "买！我", "的"), [shown, shown]);
    assert.deepEqual(says("甲", "瓜吧"), [`${Action.HOLD} ads:2:split`]);
    assert.deepEqual(says("甲", "瓜吧"), [shown]);
    assert.deepEqual(says("乙", "丑", "事", "多"), [shown, shown, `${Action.DROP} porn:3:split`]);
    assert.deepEqual(says("乙", "蠢笨", "鸟"), [shown, shown]);
  });

  it("is held where a room's authors write a character each", () => {
    assert.deepEqual(
      [...says("1", "丑"), ...says("2", "事"), ...says("3", "多")],
      [shown, shown, `${Action.DROP} porn:3:split`],
    );
    assert.deepEqual(
      [...says(undefined, "坏"), ...says(undefined, "蛋")],
      [shown, `${Action.HOLD} abuse:2:split`],
    );
  });

  it("is held where it would stand downwards on the stage", () => {
    const column = ["快点开始吧", "来一首歌", "买个新麦克风", "我也想听", "的确好听"];
    for (const [index, text] of column.entries()) {
      assert.deepEqual(says(String(index), text), [shown]);
      nowMs -= 800;
    }
    assert.deepEqual(says("末", "瓜子吃完了"), [`${Action.HOLD} ads:2:split`]);
    // Of two characters, it is chance; and who comes later flies elsewhere.
    assert.deepEqual(says("甲", "坏了坏了"), [shown]);
    assert.deepEqual(says("乙", "蛋糕真好看"), [shown]);
    assert.deepEqual(says("丙", "丑橘好吃"), [shown]);
    nowMs += 3_000;
    assert.deepEqual([...says("丁", "事情不大"), ...says("戊", "多谢老板")], [shown, shown]);
  });

  it("is none where characters meet by chance, or long after", () => {
    assert.deepEqual(says("甲", "今天手机又坏", "蛋糕倒是很好吃"), [shown, shown]);
    assert.deepEqual(says("丙", "快来买"), [shown]);
    nowMs += 31_000;
    assert.deepEqual(says("丙", "我的瓜"), [shown]);
    nowMs -= 3_600_000;
    assert.deepEqual(says("丙", "我的瓜"), [shown]);
  });
});
