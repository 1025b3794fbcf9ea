import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type MediaFixture, startMedia, untilStatus } from "./harness.ts";

/** The first packet of a stream that nobody can decode: only who sends it matters. */
const rtpPacket = (ssrc: number, payload: Buffer) => {
  const header = Buffer.from([0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
};

describe("rtp source", function () {
  this.timeout(20_000);
  let fixture: MediaFixture;
  const children: ChildProcess[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    fixture = await startMedia();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const socket of sockets.splice(0)) socket.close();
    await fixture.close();
  });

  const listen = (extra: object = {}) =>
    fixture.media.setSources([{ kind: "rtp", host: "127.0.0.1", port: fixture.port, ...extra }]);

  const start = (command: string, args: string[]) => {
    const child = spawn(command, args, { stdio: "ignore" });
    children.push(child);
    return child;
  };

  const ffmpeg = (size: string, extra: string[] = [], port = fixture.port) =>
    start("ffmpeg", [
      ..."-loglevel quiet -re -f lavfi -i".split(" "),
      `testsrc2=size=${size}:rate=30`,
      ..."-c:v libx264 -preset ultrafast -tune zerolatency -g 30".split(" "),
      ...extra,
      "-f",
      "rtp",
      `rtp://127.0.0.1:${port}`,
    ]);

  const socketOn = async (address: string) => {
    const socket = createSocket("udp4");
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    return socket;
  };

  it("shows what ffmpeg sends, and again when it returns as another program with another size", async () => {
    listen();
    const first = ffmpeg("320x240");
    const status = await untilStatus(fixture.media, (now) => now.frames >= 30);
    assert.equal(status.state, "live");
    assert.equal(status.width, 320);
    assert.equal(status.sender, "127.0.0.1");
    assert.equal(status.malformed, 0);
    assert.equal(status.dropped, 0);
    first.kill("SIGKILL");
    await once(first, "exit");
    ffmpeg("640x360");
    await untilStatus(fixture.media, (now) => now.width === 640 && now.onStage);
  });

  it("shows what GStreamer sends with aggregated parameter sets", async function () {
    const has = start("gst-launch-1.0", ["--version"]);
    const found = await Promise.race([
      once(has, "exit").then(([code]) => code === 0),
      once(has, "error").then(() => false),
    ]);
    if (!found) return this.skip();
    listen();
    start("gst-launch-1.0", [
      ..."-q videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 !".split(" "),
      ..."x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 !".split(" "),
      ..."rtph264pay aggregate-mode=zero-latency config-interval=-1 ! udpsink host=127.0.0.1".split(" "),
      `port=${fixture.port}`,
    ]);
    const status = await untilStatus(fixture.media, (now) => now.frames >= 15);
    assert.equal(status.malformed, 0);
  });

  it("refuses a second sender by name while the first one holds the source", async () => {
    listen();
    ffmpeg("320x240");
    await untilStatus(fixture.media, (now) => now.frames >= 5);
    const other = await socketOn("127.0.0.2");
    other.send(rtpPacket(7, Buffer.from([0x65, 1, 2])), fixture.port, "127.0.0.1");
    const status = await untilStatus(fixture.media, (now) => now.refused.includes("127.0.0.2"));
    assert.equal(status.sender, "127.0.0.1");
    await untilStatus(fixture.media, (now) => now.frames > status.frames + 5);
  });

  it("asks the sender's RTP address for an IDR, at most every 200 ms, until it comes", async () => {
    listen();
    const sender = await socketOn("127.0.0.1");
    const asked: { at: number; bytes: Buffer }[] = [];
    sender.on("message", (bytes) => asked.push({ at: performance.now(), bytes }));
    for (let i = 0; i < 12; i++) {
      const packet = rtpPacket(9, Buffer.from([0x41, 1, 2, 3]));
      packet.writeUInt16BE(i, 2);
      sender.send(packet, fixture.port, "127.0.0.1");
      await delay(50);
    }
    assert.ok(asked.length >= 2 && asked.length <= 5, `${asked.length} PLIs`);
    assert.deepEqual([...asked[0]!.bytes.subarray(0, 4)], [0x81, 206, 0, 2]);
    assert.equal(asked[0]!.bytes.readUInt32BE(8), 9);
  });

  it("counts garbage and goes on", async () => {
    listen();
    const sender = await socketOn("127.0.0.1");
    // Again and again: the source's own thread opens its port, and nobody tells when.
    for (let i = 0; (fixture.media.status()[0]?.malformed ?? 0) < 50; i++) {
      sender.send(Buffer.alloc(1 + ((i * 37) % 1500), (i * 31) & 0xff), fixture.port, "127.0.0.1");
      if (i % 20 === 0) await delay(5);
    }
    ffmpeg("320x240");
    await untilStatus(fixture.media, (now) => now.frames >= 5);
  });

  it("goes on after damaged packets, asks for an IDR, and counts what it could not show", async () => {
    listen();
    const proxy = await socketOn("127.0.0.1");
    let packets = 0;
    proxy.on("message", (bytes) => {
      packets++;
      // Some lose their payload's bits, some their end, some never come.
      if (packets % 41 === 0) return;
      if (packets % 17 === 0) for (let at = 14; at < bytes.length; at += 3) bytes[at] = bytes[at]! ^ 0x5a;
      const cut = packets % 29 === 0 ? Math.max(13, bytes.length >> 1) : bytes.length;
      proxy.send(bytes.subarray(0, cut), fixture.port, "127.0.0.1");
    });
    ffmpeg("320x240", ["-g", "10"], proxy.address().port);
    const status = await untilStatus(
      fixture.media,
      (now) => now.frames > 20 && now.lostPackets > 0 && now.dropped + now.malformed > 0 && now.plis > 0,
    );
    await untilStatus(fixture.media, (now) => now.frames > status.frames + 20);
  });

  it("takes an allowed address at once when the configuration changes, without a new start", async () => {
    fixture.media.setSources([{ kind: "rtp", host: "0.0.0.0", port: fixture.port, allow: ["127.0.0.9"] }]);
    ffmpeg("320x240");
    await untilStatus(fixture.media, (now) => now.refused.includes("127.0.0.1"));
    assert.equal(fixture.media.status()[0]?.frames, 0);
    fixture.media.setSources([
      { kind: "rtp", host: "0.0.0.0", port: fixture.port, allow: ["127.0.0.9", "127.0.0.1"] },
    ]);
    const status = await untilStatus(fixture.media, (now) => now.frames >= 5);
    assert.deepEqual(status.refused, []);
  });

  it("says that its port is in use, and takes it when it is free", async () => {
    const occupant = createSocket("udp4");
    await new Promise<void>((resolve) => occupant.bind(fixture.port, "127.0.0.1", resolve));
    listen();
    await untilStatus(fixture.media, (now) => now.state === "failed" && now.failure === "SOURCE_PORT_IN_USE");
    await new Promise<void>((resolve) => occupant.close(() => resolve()));
    await untilStatus(fixture.media, (now) => now.state === "waiting" && now.failure === "");
  });
});
