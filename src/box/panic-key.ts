import { type ChildProcess, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type KeyName, keyCode } from "./key-names.ts";

/** Devices that were plugged in are found this soon. */
const LOOK_MS = 1_000;
const EV_KEY = 1;
const PRESSED = 1;
/** One press that bounces is one press. */
const BOUNCE_MS = 300;

/**
 * linux/input.h on 64-bit machines, in their byte order (both of ours are little-endian):
 * ```
 *  0            8            16     18     20      24
 * +------------+------------+------+------+-------+
 * | seconds    | micros     | type | code | value |
 * +------------+------------+------+------+-------+
 * ```
 */
const EVENT_BYTES = 24;

/** Numbers of the keys that were pressed, whatever pieces the events come in. Repeats and releases are none. */
export class KeyPresses {
  #rest = Buffer.alloc(0);

  take(bytes: Buffer): number[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % EVENT_BYTES);
    this.#rest = all.subarray(whole);
    const keys: number[] = [];
    for (let at = 0; at < whole; at += EVENT_BYTES) {
      const pressed = all.readUInt16LE(at + 16) === EV_KEY && all.readInt32LE(at + 20) === PRESSED;
      if (pressed) keys.push(all.readUInt16LE(at + 18));
    }
    return keys;
  }
}

export interface PanicKeyOptions {
  readonly key: () => KeyName | "" | number;
  readonly onChange: (listener: () => void) => () => void;
  readonly onPress: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly folder?: string;
  readonly now?: () => number;
}

/**
 * Follows every input device while a key is set. Node reads such a device only by a blocked thread of its pool, one a device, which
 * then writes no files: a `cat` each waits for it instead (1 MB), and its pipe wakes us.
 */
export async function watchPanicKey(options: PanicKeyOptions): Promise<void> {
  const { key, onPress, log, signal, folder = "/dev/input", now = () => performance.now() } = options;
  const readers = new Map<string, ChildProcess>();
  let pressedMs = Number.NEGATIVE_INFINITY;
  const open = (file: string) => {
    const reader = spawn("cat", [file], { stdio: ["ignore", "pipe", "ignore"] });
    const presses = new KeyPresses();
    readers.set(file, reader);
    reader.stdout.on("data", (bytes: Buffer) => {
      for (const code of presses.take(bytes)) {
        if (code !== keyCode(key()) || now() - pressedMs < BOUNCE_MS) continue;
        pressedMs = now();
        onPress();
      }
    });
    // Pulled out, or not for us: looked at again with the next turn.
    reader.on("error", (error) => log.error({ err: error, file }, "input device cannot be read"));
    reader.on("close", () => readers.delete(file));
  };
  let wake = new AbortController();
  const off = options.onChange(() => wake.abort());
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      if (keyCode(key()) === undefined) for (const reader of readers.values()) reader.kill();
      else {
        const names = await readdir(folder).catch(() => []);
        const files = names.filter((name) => /^event\d+$/.test(name)).map((name) => join(folder, name));
        for (const file of files) if (!readers.has(file)) open(file);
      }
      const wanted = keyCode(key()) !== undefined;
      const ends = AbortSignal.any([signal, wake.signal]);
      if (wanted) await delay(LOOK_MS, undefined, { signal: ends }).catch(() => {});
      else if (!ends.aborted)
        await new Promise<void>((resolve) => {
          ends.addEventListener("abort", () => resolve(), { once: true });
        });
    }
  } finally {
    off();
    for (const reader of readers.values()) reader.kill();
  }
}
