import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { linkPlot } from "../../src/bench/link/link-plot.ts";
import { type Plot, type Point, plotSvg, type Series } from "../../src/bench/link/plot.ts";

const COLOUR = "#123456";
const seconds = 100;

const plotOf = (series: Partial<Series>, more: Partial<Plot> = {}) =>
  plotSvg({
    title: "t",
    seconds,
    panels: [
      {
        title: "p",
        unit: "ms",
        heightPx: 100,
        series: [{ name: "s", points: [], colour: COLOUR, ...series }],
      },
    ],
    ...more,
  });

/** Where the pen goes: every corner of the path of that colour, by sub-path. */
function corners(svg: string, colour = COLOUR): [x: number, y: number][][] {
  const data = new RegExp(`<path d="([^"]*)" fill="[^"]*"[^>]*(?:stroke)="${colour}"`).exec(svg)?.[1] ?? "";
  const paths: [number, number][][] = [];
  let [x, y] = [0, 0];
  for (const [, command, rest] of data.matchAll(/([Mlhvz])([^Mlhvz]*)/g)) {
    const [first = 0, second = 0] = rest!.trim().split(" ").map(Number);
    if (command === "M") {
      [x, y] = [first, second];
      paths.push([]);
    } else if (command === "l") [x, y] = [x + first, y + second];
    else if (command === "h") x += first;
    else if (command === "v") y += first;
    paths.at(-1)!.push([x, y]);
  }
  return paths;
}

const ramp = (count: number, value: (i: number) => number): Point[] =>
  Array.from({ length: count }, (_, i) => [(i / count) * seconds, value(i)]);

describe("link plot", () => {
  it("stays below 60 KB and is well formed, however long the run", () => {
    const noise = () => ramp(100_000, (i) => 1e6 + 9e5 * Math.sin(i * i));
    const states = Array.from(
      { length: 5_000 },
      (_, i) => [i / 50, ["Startup", "Drain", "ProbeBW-Up"][i % 3]!] as const,
    );
    const svg = linkPlot({
      title: "a < b & c",
      subtitle: '"x"',
      seconds,
      capacityBps: [
        [0, 2e6],
        [50, 1e6],
      ],
      targetBps: noise(),
      offeredBps: noise(),
      receivedBps: noise(),
      queueMs: noise(),
      rttMs: noise(),
      loss: noise(),
      states,
    });
    assert.ok(svg.length < 60_000, `${svg.length} bytes`);
    const open: string[] = [];
    for (const [, end, name, rest] of svg.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
      if (end) assert.equal(open.pop(), name);
      else if (!rest!.endsWith("/")) open.push(name!);
    }
    assert.deepEqual(open, []);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    assert.match(svg, /a &lt; b &amp; c/);
  });

  it("keeps a spike of a single sample", () => {
    const spike = (at: number) => ramp(100_000, (i) => (i === at ? 500 : 10));
    const top = Math.min(
      ...corners(plotOf({ points: spike(54_321) }))
        .flat()
        .map(([, y]) => y),
    );
    const all = corners(plotOf({ points: spike(54_321) })).flat();
    const peak = all.find(([, y]) => y === top)!;
    const width = all.at(-1)![0] - all[0]![0];
    assert.ok(Math.abs((peak[0] - all[0]![0]) / width - 0.54321) < 0.005);
    assert.ok(Math.max(...all.map(([, y]) => y)) - top > 80);
  });

  it("holds a step until the next value and to the end", () => {
    const points: Point[] = [
      [0, 10],
      [50, 20],
    ];
    const [path] = corners(plotOf({ points, style: "step" }));
    const [start, corner, up, end] = path!;
    assert.equal(corner![1], start![1]);
    assert.equal(up![0], corner![0]);
    assert.ok(up![1] < corner![1]);
    assert.equal(end![1], up![1]);
    assert.ok(Math.abs(end![0] - start![0] - 2 * (corner![0] - start![0])) < 0.5);
  });

  it("interrupts the line where there is no value", () => {
    const points = ramp(30, (i) => (i === 10 || i === 20 ? Number.NaN : 5));
    assert.equal(corners(plotOf({ points })).length, 3);
  });

  it("cuts off at the panel's edge and labels the axis in round steps", () => {
    const svg = plotSvg({
      title: "t",
      seconds,
      panels: [
        {
          title: "p",
          unit: "ms",
          heightPx: 100,
          atMost: 50,
          series: [
            {
              name: "s",
              colour: COLOUR,
              points: [
                [0, 20],
                [50, 9_000],
              ],
            },
          ],
        },
      ],
    });
    const labels = [...svg.matchAll(/text-anchor="end" class="u">([\d.]+)</g)].map(([, text]) => text);
    assert.deepEqual(labels, ["0", "20", "40"]);
    const ys = corners(svg)
      .flat()
      .map(([, y]) => y);
    assert.ok(Math.abs(Math.max(...ys) - Math.min(...ys) - 60) < 0.5);
  });

  it("names every state, even one too short to be seen", () => {
    const svg = plotOf(
      { points: [[0, 1]] },
      {
        states: [
          [0, "Startup"],
          [10, "blink"],
          [10.001, "Drain"],
        ],
      },
    );
    for (const name of ["Startup", "blink", "Drain"]) assert.match(svg, new RegExp(`>${name}<`));
    assert.match(svg, /<path d="M58 \d+h88"/);
  });

  it("draws an empty run", () => {
    const svg = linkPlot({
      title: "nothing",
      seconds: 1,
      capacityBps: [],
      targetBps: [],
      receivedBps: [],
      queueMs: [],
    });
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  });
});
