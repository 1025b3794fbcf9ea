import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { BoxHarness } from "./box-harness.ts";

describe("an emote in a comment", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  before(() => box.start({ danmaku: { opacity: 1, outline: false, fontPx: 72 } }));
  after(() => box.stop());

  const counts = async () => {
    const { data } = await box.snapshot();
    let [red, green] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      if (r > 220 && g < 40 && b < 40) red++;
      if (g > 220 && r < 40 && b < 40) green++;
    }
    return { red, green };
  };
  let said = 0;
  /** Each time with an address that was never asked for. */
  const say = () => {
    const picture = `http://127.0.0.1:${box.roomPort}/emote.gif?${++said}`;
    return box.say({ text: "真[热]啊", emotes: { "[热]": picture }, mode: "top" });
  };
  const seen = async (wanted: (colours: { red: number; green: number }) => boolean) => {
    for (let tries = 1; tries <= 100; tries++) {
      if (wanted(await counts())) return;
      // A comment waits for its pictures for a moment only, which is short where a process stalls.
      if (tries % 25 === 0) await say();
      await delay(50);
    }
    throw new Error("never seen");
  };

  it("is a picture that moves, fetched when it is first said", async () => {
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    await say();
    // 72 px on 720 lines are 36 on 360; 1.17 times that, squared.
    await seen(({ red }) => red > 1_000);
    await seen(({ green, red }) => green > 1_000 && red < 100);
    await seen(({ green, red }) => red > 1_000 && green < 100);
  });

  it("is its token when no picture comes", async () => {
    const onScreen = (wanted: (count: number) => boolean) =>
      box.until("stage", "feimu.v1.Stage", "watchStatus", ({ commentsOnScreen }) => wanted(commentsOnScreen));
    await onScreen((count) => count === 0);
    await box.say({ text: "[没有]", emotes: { "[没有]": "http://127.0.0.1:1/none.gif" } });
    await onScreen((count) => count > 0);
    assert.equal((await counts()).red, 0);
  });
});
