import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PNG } from "pngjs";
import { runtimeDirOf } from "../../src/box/paths.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness } from "./box-harness.ts";

const colour = 0xff2bd6;

/** How many pixels are nearly of the odd colour, where their middle is, and how wide they lie. */
function massOf(picture: PNG & { presentedUs: number }) {
  let pixels = 0;
  let sum = 0;
  let left = picture.width;
  let right = 0;
  for (let at = 0; at < picture.data.length; at += 4) {
    const away =
      Math.abs(picture.data[at]! - (colour >> 16)) +
      Math.abs(picture.data[at + 1]! - ((colour >> 8) & 255)) +
      Math.abs(picture.data[at + 2]! - (colour & 255));
    if (away > 60) continue;
    const x = (at / 4) % picture.width;
    pixels++;
    sum += x;
    left = Math.min(left, x);
    right = Math.max(right, x);
  }
  return { pixels, x: pixels ? sum / pixels : Number.NaN, left, right, us: picture.presentedUs };
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
    // Until all of it is in, its middle moves at half the speed.
    const until = async (holds: (mass: ReturnType<typeof massOf>) => boolean) => {
      for (let tries = 0; tries < 200; tries++) {
        const mass = massOf(await box.snapshot());
        if (mass.pixels > 0 && holds(mass)) return mass;
      }
      throw new Error("the comment never came so far");
    };
    const first = await until(({ pixels, right }) => pixels >= 100 && right < 630);
    const second = await until(({ us }) => us >= first.us + 500_000);
    // 640 pixels and its own width in eight seconds; the outline adds a little to what is seen of the width.
    const speed = (640 + first.right - first.left + 6) / 8e6;
    const expected = speed * (second.us - first.us);
    assert(
      Math.abs(first.x - second.x - expected) < 3,
      `${first.x - second.x} instead of ${expected} pixels`,
    );
    // What lies under it shines through a little, and differs from place to place.
    assert(Math.abs(second.pixels - first.pixels) < first.pixels / 3);
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

  it("shows what is said while the stage is on its way back", async () => {
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    const pid = await box.pidOf("stage");
    process.kill(pid, "SIGKILL");
    await box.say({ text: "没有错过", colour, author: "观众丁" });
    await box.untilRestarted("stage", pid);
    while (massOf(await box.snapshot()).pixels < 60);
  });

  it("keeps the picture frozen and comments flying while media is away, and the picture moving without comments", async () => {
    const ffmpeg = spawn(
      "ffmpeg",
      `-loglevel error -re -f lavfi -i testsrc2=size=640x360:rate=30 -c:v libx264 -preset ultrafast -tune zerolatency
       -g 15 -f rtp rtp://127.0.0.1:${box.rtpPort}`.split(/\s+/),
      { stdio: "ignore" },
    );
    try {
      await box.until("media", "feimu.v1.Media", "watchStatus", sending);
      await box.until("stage", "feimu.v1.Stage", "watchStatus", (status) => !status.idle);
      const frames = async () =>
        (await box.until("stage", "feimu.v1.Stage", "watchStatus", () => true)).videoFrames as number;
      // Stopped, as long as the test wants, instead of killed: what the stage sees is the same.
      const media = await box.pidOf("media");
      process.kill(media, "SIGSTOP");
      await box.say({ text: "还在飞", colour, author: "观众乙" });
      let flying = massOf(await box.snapshot());
      while (flying.pixels < 60) flying = massOf(await box.snapshot());
      const frozen = await frames();
      const picture = await box.snapshot();
      assert.equal(await frames(), frozen);
      assert(
        picture.data.some((value, at) => at % 4 === 1 && value > 100),
        "the last picture stays",
      );
      while (massOf(await box.snapshot()).x >= flying.x);
      process.kill(media, "SIGKILL");
      await box.untilRestarted("media", media);
      await box.until("stage", "feimu.v1.Stage", "watchStatus", ({ videoFrames }) => videoFrames > frozen);

      const comments = await box.pidOf("comments");
      process.kill(comments, "SIGKILL");
      const before = await frames();
      await box.until("stage", "feimu.v1.Stage", "watchStatus", ({ videoFrames }) => videoFrames > before);
      await box.untilRestarted("comments", comments);
      await box.until(
        "comments",
        "feimu.v1.Comments",
        "watchRooms",
        ({ rooms }) => rooms[0]?.state === "live",
      );
    } finally {
      ffmpeg.kill("SIGKILL");
      await once(ffmpeg, "exit");
    }
  });

  it("ends a process that hangs, and brings it back", async () => {
    const pid = await box.pidOf("comments");
    process.kill(pid, "SIGSTOP");
    await box.until(
      "box",
      "feimu.v1.Box",
      "watchProcesses",
      ({ processes }) =>
        processes.some(
          (one: Message) => one.name === "comments" && one.state === "serving" && one.pid !== pid,
        ),
      40_000,
    );
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

  it("answers a command that was given while the process that answers is on its way back", async () => {
    const pid = await box.pidOf("control");
    process.kill(pid, "SIGKILL");
    // As at a start, when it has not been there yet.
    await rm(join(runtimeDirOf(box.configFile), "control.sock"));
    assert.match(await box.command("pin"), /^\d{8} /);
    await box.untilRestarted("control", pid);
  });

  it("runs without what settings can break once a process ended again and again, until somebody says otherwise", async () => {
    const safeMode = (wanted: (because: string) => boolean) =>
      box.until("box", "feimu.v1.Box", "watchProcesses", (message) => wanted(message.safeMode ?? ""));
    for (let end = 0; end < 3; end++) {
      const pid = await box.pidOf("comments");
      process.kill(pid, "SIGKILL");
      await box.untilRestarted("comments", pid);
    }
    await safeMode((because) => because === "comments");
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    await box.say({ text: "不能看见", colour, author: "观众丙" });
    for (let pictures = 0; pictures < 40; pictures++) assert.equal(massOf(await box.snapshot()).pixels, 0);
    await box.client("box", "feimu.v1.Box").unary("leaveSafeMode", {});
    await safeMode((because) => because === "");
    do await box.say({ text: "又能看见", colour, author: "观众丙" });
    while (massOf(await box.snapshot()).pixels < 60);
  });
});
