import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness } from "./box-harness.ts";

const LIT = 0x00ff00;

/** The share of pixels that are dark, as the card that covers the picture is. */
function darkShare({ data }: { data: Buffer }): number {
  let dark = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (Math.max(data[at]!, data[at + 1]!, data[at + 2]!) < 90) dark++;
  }
  return dark / (data.length / 4);
}

function litPixels({ data }: { data: Buffer }): number {
  let lit = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at]! < 60 && data[at + 1]! > 195 && data[at + 2]! < 60) lit++;
  }
  return lit;
}

describe("the panic button", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  before(async () => {
    await box.start({
      sources: [{ kind: "test-pattern", width: 640, height: 360, fps: 30 }],
      danmaku: { opacity: 1, outline: false, speed: 0.5, fontPx: 48 },
    });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    await box.until("stage", "feimu.v1.Stage", "watchStatus", ({ idle }) => !idle);
  });
  after(() => box.stop());

  const press = (on: boolean) => box.client("box", "feimu.v1.Box").unary("setPanic", { on });
  const held = async (wanted: (texts: string[]) => boolean) => {
    const { comments } = await box.until("comments", "feimu.v1.Comments", "watchHeld", ({ comments = [] }) =>
      wanted(comments.map(({ text }: Message) => text)),
    );
    return comments as Message[];
  };
  const untilCovered = (covered: boolean) =>
    box.until("stage", "feimu.v1.Stage", "watchStatus", (status) => (status.covered ?? false) === covered);
  const untilSeen = async (seen: (picture: { data: Buffer }) => boolean) => {
    for (let tries = 0; tries < 200; tries++) {
      if (seen(await box.snapshot())) return;
      await delay(25);
    }
    const now = {
      stage: await box.until("stage", "feimu.v1.Stage", "watchStatus", () => true),
      rooms: await box.until("comments", "feimu.v1.Comments", "watchRooms", () => true),
      held: await held(() => true),
      log: box.log.join("").split("\n").slice(-20),
    };
    throw new Error(`never on the stage: ${JSON.stringify(now, null, 2)}`);
  };

  it("covers the picture and clears the stage, and what comes meanwhile is held", async () => {
    assert(darkShare(await box.snapshot()) < 0.7);
    await box.say({ text: "飞幕飞幕飞幕", colour: LIT, mode: "top" });
    await untilSeen((picture) => litPixels(picture) > 300);
    assert.deepEqual(await press(true), { on: true });
    await untilSeen((picture) => darkShare(picture) > 0.9 && litPixels(picture) === 0);
    await box.say({ text: "还在说话", colour: LIT, mode: "top" });
    const [waiting] = await held((texts) => texts.length === 1);
    assert.deepEqual([waiting?.text, waiting?.verdict.reasons], ["还在说话", ["panic"]]);
    const covered = await box.snapshot();
    assert(darkShare(covered) > 0.9 && litPixels(covered) === 0);
  });

  it("lasts when processes are killed, and when the settings are loaded from a file", async () => {
    for (const name of ["stage", "comments"]) {
      const pid = await box.pidOf(name);
      process.kill(pid, "SIGKILL");
      await box.untilRestarted(name, pid);
    }
    await untilCovered(true);
    assert.equal(JSON.parse(await readFile(box.configFile, "utf8")).panic.on, true);
    const json = JSON.stringify({ panic: { on: false } });
    await box.client("box", "feimu.v1.Box").unary("patchConfig", { json });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    await box.say({ text: "换个进程再说", colour: LIT, mode: "top" });
    await held((texts) => texts.includes("换个进程再说"));
    assert(darkShare(await box.snapshot()) > 0.9);
  });

  it("ends with the second press: the picture is back, and what was held waits for the operator", async () => {
    assert.deepEqual(await box.client("box", "feimu.v1.Box").unary("setPanic", {}), { on: false });
    await untilCovered(false);
    await untilSeen((picture) => darkShare(picture) < 0.7);
    assert.equal(litPixels(await box.snapshot()), 0);
    const [waiting] = await held((texts) => texts.includes("换个进程再说"));
    const key = `${waiting?.platform}:${waiting?.room}:${waiting?.id}`;
    const decided = await box
      .client("comments", "feimu.v1.Moderation")
      .unary("decide", { decision: "show", key, by: "test" });
    assert(decided.undoId && !decided.failure);
    await untilSeen((picture) => litPixels(picture) > 300);
    await box.client("comments", "feimu.v1.Moderation").unary("undo", { id: decided.undoId, by: "test" });
    await untilSeen((picture) => litPixels(picture) === 0);
    const { decisions } = await box.client("comments", "feimu.v1.Moderation").unary("listDecisions", {});
    assert.deepEqual(
      decisions.map(({ decision, by }: Message) => [decision, by]),
      [
        ["undo show", "test"],
        ["show", "test"],
      ],
    );
  });
});
