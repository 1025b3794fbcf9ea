import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Judge } from "../../src/clean/judge.ts";
import { Scanner, shippedLists } from "../../src/clean/scanner.ts";
import { Action, Kind } from "../../src/comments/comment.ts";
import type { Saying } from "../../src/simulators/saying.ts";
import { inTurn, playTimeline, readTimeline } from "../../src/simulators/timeline.ts";

const shipped = fileURLToPath(new URL("../../src/simulators/timeline.json", import.meta.url));

describe("the simulated room's timeline", () => {
  it("is played in order, as fast as asked, over and over until the signal", async () => {
    const timeline = await readTimeline(shipped);
    assert(timeline.length > 100);
    const stop = new AbortController();
    const said: Saying[] = [];
    await playTimeline(
      timeline,
      1_000,
      (saying) => {
        said.push(saying);
        if (said.length === timeline.length * 2) stop.abort();
      },
      stop.signal,
    );
    assert.deepEqual(
      said.slice(0, timeline.length).map(({ text }) => text),
      timeline.map(({ text }) => text),
    );
    assert.deepEqual(said.slice(timeline.length), said.slice(0, timeline.length));
  });

  it("has what is unfit, disguised, cut over comments and said again, and the judge lets none of it through", async () => {
    const folder = await mkdtemp(join(tmpdir(), "feimu-timeline-"));
    const settings = { profile: "bar", strength: 2, words: "", foldS: 1 } as const;
    const judge = new Judge(Scanner.open(folder, shippedLists()), settings);
    const timeline = await readTimeline(shipped);
    const roomOf = inTurn(4);
    // Over and over, as the demonstration's rooms hear it: others begin another time.
    for (let round = 0; round < 4; round++) {
      const judged = timeline.map(({ atMs, room, kind = "chat", text = "", author }, index) => {
        const receivedMs = 1e12 + round * 60_000 + atMs;
        return judge.judge({
          id: `${round}:${index}`,
          platform: "simulated",
          room: String(roomOf(room)),
          kind: kind === "chat" ? Kind.CHAT : Kind.ENTER,
          timeMs: receivedMs,
          receivedMs,
          ...(kind === "chat" && { text }),
          ...(author !== undefined && { author: { id: author, name: author } }),
        });
      });
      const unfit = judged.flatMap(({ verdict }, index) =>
        verdict && verdict.action !== Action.SHOW
          ? [[timeline[index]?.text, verdict.action, verdict.reasons.join()]]
          : [],
      );
      assert.deepEqual(unfit, [
        ["傻逼主播会不会玩", Action.MASK, "abuse:2"],
        ["加🎉薇🎉信🎉领🎉取，限时免費", Action.HOLD, "ads:2"],
        ["主播 太厉害了吧", Action.FOLD, "repeat"],
        ["主播太厉害了吧吧", Action.FOLD, "repeat"],
        ["主播太厲害了吧", Action.FOLD, "repeat"],
        ["主播太厉害了吧！！！", Action.FOLD, "repeat"],
        ["主播太厉害了吧", Action.FOLD, "repeat"],
        ["jia微信，日賺千元", Action.DROP, "ads:2,ads:3"],
        ["微信哈", Action.HOLD, "ads:2:split"],
        ["约、炮、吗", Action.DROP, "porn:3"],
        ["博", Action.HOLD, "fraud:2:split"],
        ["博·彩·平·台 注册送88", Action.DROP, "fraud:3,ads:2"],
      ]);
      const renamed = judged.filter(({ author }) => /^观众 \d{4}$/.test(author?.name ?? ""));
      assert.deepEqual(
        renamed.map(({ author }) => author?.id),
        ["加微信看片", "同城一夜情", "裸聊加我"],
      );
    }
    await rm(folder, { recursive: true });
  });

  it("says which entry of a file is wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "feimu-timeline-"));
    const file = join(folder, "timeline.json");
    await writeFile(
      file,
      JSON.stringify([{ atMs: 0, text: "好" }, { atMs: -1 }, { atMs: 1, colour: "red" }]),
    );
    await assert.rejects(readTimeline(file), /atMs[\s\S]*colour/);
    await rm(folder, { recursive: true });
  });
});
