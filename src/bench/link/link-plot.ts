import { type Panel, type Point, plotSvg, type Series, type StateChange } from "./plot.ts";

/** What one flow did over a link. Times: seconds from the start. Rates: bit/s, with headers. */
export interface LinkRun {
  readonly title: string;
  readonly subtitle?: string;
  readonly seconds: number;
  readonly capacityBps: readonly Point[];
  /** What the controller allows the encoder. */
  readonly targetBps: readonly Point[];
  /** What the encoder makes of it. */
  readonly offeredBps?: readonly Point[];
  readonly receivedBps: readonly Point[];
  readonly queueMs: readonly Point[];
  readonly rttMs?: readonly Point[];
  /** Share of the packets lost, 0–1. */
  readonly loss?: readonly Point[];
  readonly states?: readonly StateChange[];
}

const scaled = (points: readonly Point[], factor: number): Point[] =>
  points.map(([time, value]) => [time, value * factor]);

/** Rate, queue and round-trip time, loss, and the controller's state, one above the other. */
export function linkPlot(run: LinkRun): string {
  const offeredBps = run.offeredBps ?? [];
  const highest = (...series: (readonly Point[])[]) =>
    series.flat().reduce((max, [, value]) => (value > max ? value : max), 0);
  const mediaBps = highest(run.targetBps, offeredBps, run.receivedBps);
  const unit =
    Math.max(mediaBps, highest(run.capacityBps)) >= 2e6
      ? { name: "Mbps", factor: 1e-6 }
      : { name: "kbps", factor: 1e-3 };
  const delays: Series[] = [{ name: "queue", points: run.queueMs, colour: "#d55e00" }];
  if (run.rttMs !== undefined) delays.unshift({ name: "round trip", points: run.rttMs, colour: "#8c959f" });
  const panels: Panel[] = [
    {
      title: "Rate",
      unit: unit.name,
      heightPx: 220,
      // A link that is far wider than the media would press the media against the axis.
      atMost: mediaBps * unit.factor * 1.4,
      series: [
        { name: "link", points: scaled(run.capacityBps, unit.factor), style: "area", colour: "#d0d7de" },
        ...(offeredBps.length > 0
          ? [{ name: "offered", points: scaled(offeredBps, unit.factor), colour: "#56b4e9" }]
          : []),
        { name: "received", points: scaled(run.receivedBps, unit.factor), colour: "#0b57a4" },
        { name: "target", points: scaled(run.targetBps, unit.factor), style: "step", colour: "#d4358a" },
      ],
    },
    { title: "Delay", unit: "ms", heightPx: 150, atLeast: 10, series: delays },
  ];
  if (run.loss !== undefined) {
    panels.push({
      title: "Loss",
      unit: "% of packets",
      heightPx: 70,
      atLeast: 1,
      series: [{ name: "lost", points: scaled(run.loss, 100), style: "bars", colour: "#cf222e" }],
    });
  }
  return plotSvg({
    title: run.title,
    seconds: run.seconds,
    panels,
    ...(run.subtitle === undefined ? {} : { subtitle: run.subtitle }),
    ...(run.states === undefined ? {} : { states: run.states }),
  });
}
