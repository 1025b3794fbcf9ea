import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { PNG } from "pngjs";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness } from "./box-harness.ts";

const colour = 0xff2bd6;

/** How many pixels are nearly of the odd colour, and where their middle is. */
function massOf(picture: PNG): { pixels: number; x: number } {
  let pixels = 0;
  let sum = 0;
  for (let at = 0; at < picture.data.length; at += 4) {
    const away =
      Math.abs(picture.data[at]! - (colour >> 16)) +
      Math.abs(picture.data[at + 1]! - ((colour >> 8) & 255)) +
      Math.abs(picture.data[at + 2]! - (colour & 255));
    if (away > 60) continue;
    pixels++;
    sum += (at / 4) % picture.width;
  }
  return { pixels, x: pixels ? sum / pixels : Number.NaN };
}

const sending = (state: Message) => state.sources[0]?.state === "live" && state.sources[0].onStage;

describe("the box", function () {
  this.timeout(90_000);
  const box = new BoxHarness();
  before(() => box.start());
  after(() => box.stop());

  it("takes ffmpeg's picture on the stage and lets it go", async () => {
    const ffmpeg = spawn(
      "ffmpeg",
      `-loglevel error -re -f lavfi -i testsrc2=size=640x360:rate=30 -c:v libx264 -preset ultrafast -tune zerolatency
       -g 30 -f rtp rtp://127.0.0.1:${box.rtpPort}`.split(/\s+/),
      { stdio: "ignore" },
    );
    try {
      const { sources } = await box.until("media", "feimu.v1.Media", "watchStatus", sending);
      assert.equal(sources[0].width, 640);
      const { idle } = await box.until("stage", "feimu.v1.Stage", "watchStatus", (status) => !status.idle);
      assert.equal(idle ?? false, false);
    } finally {
      ffmpeg.kill("SIGKILL");
      await once(ffmpeg, "exit");
    }
    await box.until("stage", "feimu.v1.Stage", "watchStatus", (status) => status.idle);
  });

  it("lets comments fly to the left, and stops when danmaku is off", async () => {
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    await box.say({ text: "飞幕飞幕飞幕", colour, author: "观众甲" });
    let first = massOf(await box.snapshot());
    for (let tries = 0; first.pixels < 100 && tries < 100; tries++) first = massOf(await box.snapshot());
    assert(first.pixels >= 100, "the comment never came");
    // Until it is fully in, its middle moves at half speed: compare later pictures.
    let second = first;
    while (second.x > first.x - 60) second = massOf(await box.snapshot());
    assert(second.pixels >= 100);
    const client = box.client("box", "feimu.v1.Box");
    const reply = await client.unary("patchConfig", {
      json: JSON.stringify({ danmaku: { enabled: false } }),
    });
    assert.deepEqual(reply.errors, []);
    let off = massOf(await box.snapshot());
    for (let tries = 0; off.pixels > 0 && tries < 40; tries++) off = massOf(await box.snapshot());
    assert.equal(off.pixels, 0);
    await client.unary("patchConfig", { json: JSON.stringify({ danmaku: {} }) });
  });

  for (const name of ["media", "comments", "stage", "control"]) {
    it(`brings ${name} back after a SIGKILL, and the others go on`, async () => {
      const others = ["media", "comments", "stage", "control"].filter((other) => other !== name);
      const before = await Promise.all(others.map((other) => box.pidOf(other)));
      const pid = await box.pidOf(name);
      process.kill(pid, "SIGKILL");
      await box.untilRestarted(name, pid);
      assert.deepEqual(await Promise.all(others.map((other) => box.pidOf(other))), before);
      assert.equal((await box.snapshot()).width, 640);
    });
  }
});
