import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type KeyName, keyCode } from "../../src/box/key-names.ts";
import { KeyPresses, watchPanicKey } from "../../src/box/panic-key.ts";
import { Listeners } from "../../src/rpc/follow.ts";

/** struct input_event of a 64-bit kernel. */
function event(type: number, code: number, value: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigInt64LE(1_700_000_000n, 0);
  bytes.writeBigInt64LE(123_456n, 8);
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(code, 18);
  bytes.writeInt32LE(value, 20);
  return bytes;
}
const [SYN, KEY] = [0, 1];
const [UP, DOWN, REPEAT] = [0, 1, 2];

describe("the panic key", () => {
  it("is read from what the kernel writes, in whatever pieces", () => {
    const all = Buffer.concat([
      event(4, 4, 0x70045),
      event(KEY, 88, DOWN),
      event(SYN, 0, 0),
      event(KEY, 88, REPEAT),
      event(KEY, 88, UP),
      event(KEY, 0x110, DOWN),
    ]);
    for (const size of [1, 7, 24, 25, 1_000]) {
      const presses = new KeyPresses();
      const keys: number[] = [];
      for (let at = 0; at < all.length; at += size) keys.push(...presses.take(all.subarray(at, at + size)));
      assert.deepEqual(keys, [88, 0x110], `${size} bytes a piece`);
    }
  });

  it("has the kernel's number, or none", () => {
    assert.deepEqual([keyCode("f12"), keyCode("pause"), keyCode(30), keyCode("")], [88, 119, 30, undefined]);
  });

  it("is followed on a device that is plugged in, and again when it was pulled out, while a key is set", async () => {
    const folder = await mkdtemp(join(tmpdir(), "feimu-input-"));
    const stop = new AbortController();
    const listeners = new Listeners();
    let key: KeyName | "" | number = "";
    let nowMs = 0;
    const pressed: (() => void)[] = [];
    const press = () => new Promise<void>((resolve) => pressed.push(resolve));
    const watching = watchPanicKey({
      key: () => key,
      onChange: listeners.on,
      onPress: () => pressed.shift()?.(),
      log: pino({ level: "silent" }),
      signal: stop.signal,
      folder,
      now: () => nowMs,
    });
    try {
      const device = join(folder, "event0");
      execFileSync("mkfifo", [device]);
      key = "f12";
      listeners.tell();
      for (let plugged = 0; plugged < 2; plugged++) {
        // Opens when the reader has.
        const kernel = createWriteStream(device);
        await once(kernel, "open");
        for (const half of [0, 1]) {
          const one = press();
          nowMs += 1_000;
          kernel.write(event(KEY, 30, DOWN));
          kernel.write(event(KEY, 88, DOWN).subarray(0, 10 + half));
          kernel.write(event(KEY, 88, DOWN).subarray(10 + half));
          await one;
        }
        kernel.end();
        await once(kernel, "close");
      }
    } finally {
      stop.abort();
      await watching;
      await rm(folder, { recursive: true });
    }
  });
});
