/** A value at a time in milliseconds; undefined interrupts the line. */
export type Point = readonly [timeMs: number, value: number | undefined];

/** Where time and value stand in a drawing, in CSS pixels. */
export interface Frame {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly max: number;
}

export const xOf = (frame: Frame, timeMs: number) =>
  frame.left + (frame.width * (timeMs - frame.fromMs)) / (frame.untilMs - frame.fromMs);
export const yOf = (frame: Frame, value: number) =>
  frame.top + frame.height * (1 - Math.min(1, value / frame.max));

const px = (value: number) => String(Math.round(value * 10) / 10);

/** Marks of an axis from 0 on: 1, 2 or 5 times a power of ten apart, at most `most` above 0; the last is at or above `reach`. */
export function axis(reach: number, most: number): number[] {
  const rough = reach / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999)!;
  const count = Math.ceil(reach / step - 1e-6);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Runs of points that belong together: without an unknown value or a gap in time between them. */
export function runs(points: readonly Point[], gapMs: number): [number, number][][] {
  const found: [number, number][][] = [];
  let last: number | undefined;
  for (const [timeMs, value] of points) {
    if (value === undefined) {
      last = undefined;
      continue;
    }
    if (last === undefined || timeMs - last > gapMs) found.push([]);
    found.at(-1)!.push([timeMs, value]);
    last = timeMs;
  }
  return found;
}

/** A line through each run, as SVG has it; a run of one point is a dot. */
export function linePath(found: readonly (readonly [number, number])[][], frame: Frame): string {
  return found
    .map((run) => {
      const [first, ...rest] = run.map(([time, value]) => `${px(xOf(frame, time))} ${px(yOf(frame, value))}`);
      return rest.length > 0 ? `M${first}L${rest.join("L")}` : `M${first}h0`;
    })
    .join("");
}

/** The same, filled down to the axis. */
export function areaPath(found: readonly (readonly [number, number])[][], frame: Frame): string {
  const ground = px(frame.top + frame.height);
  return found
    .filter((run) => run.length > 1)
    .map((run) => {
      const along = run.map(([time, value]) => `${px(xOf(frame, time))} ${px(yOf(frame, value))}`);
      return `M${px(xOf(frame, run[0]![0]))} ${ground}L${along.join("L")}V${ground}Z`;
    })
    .join("");
}

/** A bar on the axis for each second that has something, as wide as a second. */
export function barPath(found: readonly (readonly [number, number])[][], frame: Frame): string {
  const width = Math.max(1, xOf(frame, frame.fromMs + 1_000) - frame.left);
  return found
    .flat()
    .filter(([, value]) => value > 0)
    .map(([time, value]) => {
      const height = px(Math.max(1.5, frame.top + frame.height - yOf(frame, value)));
      return `M${px(Math.max(frame.left, xOf(frame, time) - width))} ${px(frame.top + frame.height)}v-${height}h${px(width)}v${height}z`;
    })
    .join("");
}

/** From when until when something was in one state. A state lasts until the next is told, over a gap only a second. */
export function spans(
  states: readonly (readonly [timeMs: number, state: string])[],
  untilMs: number,
  gapMs: number,
): { readonly state: string; readonly fromMs: number; readonly untilMs: number }[] {
  const found: { state: string; fromMs: number; untilMs: number }[] = [];
  for (const [index, [timeMs, state]] of states.entries()) {
    const next = states[index + 1]?.[0] ?? untilMs;
    const end = next - timeMs > gapMs ? timeMs + 1_000 : next;
    const last = found.at(-1);
    if (last?.state === state && last.untilMs === timeMs) last.untilMs = end;
    else found.push({ state, fromMs: timeMs, untilMs: end });
  }
  return found;
}
