import type { FrameTiming } from "../../media/addon.ts";

/** The first flip in which a frame was seen, with its number read out of the lit buffer. Microseconds. */
export interface Seen {
  readonly frame: number;
  readonly receivedUs: number;
  readonly decodedUs: number;
  readonly composeUs: number;
  readonly doneUs: number;
  readonly presentedUs: number;
}

export interface DisplayReport {
  readonly seen: readonly Seen[];
  /** Duration of every composition, also of those without a new frame, ms. */
  readonly composeMs: readonly number[];
  readonly missedFlips: number;
  readonly comments: number;
}

export type SenderReport = readonly FrameTiming[];

export interface PeerReport {
  readonly latenciesMs: readonly number[];
  readonly firstFrameMs: number;
  readonly sent: number;
}

/** Sides of native/media/frame-code.h. */
export const frameCode = { block: 16, left: 16, bits: 16, fromBottom: 48 } as const;

/** The number in the pixels of the code's row (RGBA). */
export function readFrameCode(rgba: Buffer): number {
  const { block, bits } = frameCode;
  const width = block * bits;
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const pixel = (block / 2) * width + bit * block + block / 2;
    if (rgba[pixel * 4]! > 127) number |= 1 << bit;
  }
  return number;
}

export function percentiles(values: readonly number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2));
  return { p50: at(0.5), p95: at(0.95) };
}
