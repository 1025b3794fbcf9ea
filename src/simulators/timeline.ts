import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Saying } from "./saying.ts";

const schema = z.array(
  z.strictObject({
    atMs: z.number().min(0),
    kind: z.enum(["chat", "gift", "superChat", "guard", "enter", "like"]).optional(),
    text: z.string().optional(),
    colour: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i)
      .transform((text) => Number.parseInt(text.slice(1), 16))
      .optional(),
    mode: z.enum(["scroll", "top", "bottom"]).optional(),
    author: z.string().optional(),
    price: z.number().optional(),
  }),
);

/** A file of sayings with their times. Throws when an entry is not as it must be. */
export async function readTimeline(file: string): Promise<(Saying & { atMs: number })[]> {
  const sayings = schema.parse(JSON.parse(await readFile(file, "utf8")));
  return sayings.toSorted((a, b) => a.atMs - b.atMs) as (Saying & { atMs: number })[];
}

/** Says everything at its time, `speed` times as fast, over and over until the signal. */
export async function playTimeline(
  sayings: readonly (Saying & { atMs: number })[],
  speed: number,
  say: (saying: Saying) => void,
  signal: AbortSignal,
): Promise<void> {
  const lengthMs = (sayings.at(-1)?.atMs ?? 0) + 1_000;
  for (let startMs = performance.now(); !signal.aborted; startMs += lengthMs / speed) {
    for (const { atMs, ...saying } of sayings) {
      const waitMs = startMs + atMs / speed - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      say(saying);
    }
    await delay(Math.max(0, startMs + lengthMs / speed - performance.now()), undefined, { signal }).catch(
      () => {},
    );
  }
}
