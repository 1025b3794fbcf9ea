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
    /** Where rooms share the timeline, the one it is said in, from 0; without it, each in turn. */
    room: z.int().min(0).optional(),
  }),
);

export interface Timed extends Saying {
  readonly atMs: number;
  readonly room?: number;
}

/** A file of sayings with their times. Throws when an entry is not as it must be. */
export async function readTimeline(file: string): Promise<Timed[]> {
  const sayings = schema.parse(JSON.parse(await readFile(file, "utf8")));
  return sayings.toSorted((a, b) => a.atMs - b.atMs) as Timed[];
}

/** Which of so many rooms each saying is for, the one that it names or the next. */
export function inTurn(rooms: number): (room?: number) => number {
  let turn = 0;
  return (room) => (room ?? turn++) % rooms;
}

/** Says everything at its time, `speed` times as fast, over and over until the signal. */
export async function playTimeline(
  sayings: readonly Timed[],
  speed: number,
  say: (saying: Omit<Timed, "atMs">) => void,
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
