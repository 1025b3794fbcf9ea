import type { frameCode } from "./messages.ts";

export interface Shown {
  readonly frame: number;
  /** Browser's monotonic clock, ms. */
  readonly atMs: number;
  /** When the page was told. */
  readonly toldMs: number;
}

/** In the page: notes each frame's number when the browser presents it. */
export function watchVideo({ block, left, bits, fromBottom }: typeof frameCode) {
  const video = document.querySelector("video")!;
  const canvas = new OffscreenCanvas(block * bits, block);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const shown: Shown[] = [];
  Object.assign(globalThis, { shown });
  const note = (_now: number, { presentationTime }: VideoFrameCallbackMetadata) => {
    const toldMs = performance.now();
    const y = video.videoHeight - fromBottom;
    context.drawImage(video, left, y, block * bits, block, 0, 0, block * bits, block);
    const { data } = context.getImageData(0, block / 2, block * bits, 1);
    let frame = 0;
    for (let bit = 0; bit < bits; bit++) if (data[(bit * block + block / 2) * 4]! > 127) frame |= 1 << bit;
    if (shown.at(-1)?.frame !== frame) shown.push({ frame, atMs: presentationTime, toldMs });
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}

/** Offset of the browser's clock to ours, ms, from the quickest of some calls. */
export async function clockOffset(now: () => Promise<number>): Promise<number> {
  let best = { took: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < 40; i++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const there = await now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    if (after - before < best.took) best = { took: after - before, offset: there - (before + after) / 2 };
  }
  return best.offset;
}
