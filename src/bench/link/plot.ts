/** A value at a time, seconds. A NaN value interrupts the line. In order of time. */
export type Point = readonly [timeSeconds: number, value: number];

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** `step` holds a value until the next one, `area` is a filled step, `bars` stand on the axis. Without it: a line. */
  readonly style?: "line" | "step" | "area" | "bars";
  readonly colour: string;
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly heightPx: number;
  readonly series: readonly Series[];
  /** The axis reaches at least this far. */
  readonly atLeast?: number;
  /** Values above are cut off at the panel's edge, so that a spike does not flatten the rest. */
  readonly atMost?: number;
}

/** From here until the next one the controller was in this state. */
export type StateChange = readonly [timeSeconds: number, state: string];

export interface Plot {
  readonly title: string;
  readonly subtitle?: string;
  readonly seconds: number;
  readonly panels: readonly Panel[];
  /** In order of time; drawn as coloured bands behind every panel. */
  readonly states?: readonly StateChange[];
}

const WIDTH = 960;
const LEFT = 58;
const RIGHT = 18;
const INNER = WIDTH - LEFT - RIGHT;
const PANEL_GAP = 40;
/** Pixels that share one minimum and one maximum. */
const COLUMN = 2;

const INK = "#24292f";
const FAINT = "#6e7781";
const GRID = "#e3e6ea";

const STATE_COLOURS: Readonly<Record<string, string>> = {
  Startup: "#e15759",
  Drain: "#f28e2b",
  "ProbeBW-Down": "#76b7b2",
  "ProbeBW-Cruise": "#c9ced6",
  "ProbeBW-Refill": "#edc948",
  "ProbeBW-Up": "#59a14f",
  ProbeRTT: "#b07aa1",
};
const OTHER_COLOURS = ["#4e79a7", "#ff9da7", "#9c755f", "#8cd17d", "#d4a6c8", "#86bcb6"];

const escapeXml = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

const coordinate = (value: number) => String(Math.round(value * 10) / 10);

/** Round steps (1, 2, 5 × a power of ten), at most `count` of them up to `max`. */
function ticks(max: number, count: number): { step: number; values: number[] } {
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough * 0.999)!;
  const values = Array.from({ length: Math.floor(max / step + 1e-6) + 1 }, (_, i) => i * step);
  return { step, values };
}

const label = (value: number, step: number) =>
  value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));

/** Only what can be seen: of the points within a pixel column the lowest and the highest; of bars the highest. */
function decimate(points: readonly Point[], seconds: number, bars: boolean): Point[] {
  const kept: Point[] = [];
  let low: Point | undefined;
  let high: Point | undefined;
  let at = -1;
  const flush = () => {
    if (low !== undefined && high !== undefined) {
      kept.push(...(bars || low === high ? [high] : low[0] < high[0] ? [low, high] : [high, low]));
    }
    low = high = undefined;
  };
  for (const point of points) {
    const next = Math.floor(((point[0] / seconds) * INNER) / COLUMN);
    if (next !== at) flush();
    at = next;
    if (Number.isNaN(point[1])) {
      flush();
      kept.push(point);
      continue;
    }
    if (low === undefined || point[1] < low[1]) low = point;
    if (high === undefined || point[1] > high[1]) high = point;
  }
  flush();
  return kept;
}

/** Path data, relative from the second point on: half the size. */
function pathOf(
  series: Series,
  x: (seconds: number) => number,
  y: (value: number) => number,
  seconds: number,
) {
  const held = series.style === "step" || series.style === "area";
  const points = held
    ? series.points.filter(([, value], i, all) => i === 0 || i === all.length - 1 || value !== all[i - 1]![1])
    : series.points;
  const base = y(0);
  let data = "";
  let drawing = false;
  let atX = 0;
  let atY = 0;
  const moveTo = (nextX: number, nextY: number) => {
    data += `M${coordinate(nextX)} ${coordinate(nextY)}`;
    atX = Math.round(nextX * 10) / 10;
    atY = Math.round(nextY * 10) / 10;
  };
  const lineTo = (nextX: number, nextY: number) => {
    const dx = Math.round((nextX - atX) * 10) / 10;
    const dy = Math.round((nextY - atY) * 10) / 10;
    if (dx === 0 && dy === 0) return;
    data += dy === 0 ? `h${dx}` : dx === 0 ? `v${dy}` : `l${dx} ${dy}`;
    atX += dx;
    atY += dy;
  };
  const finish = () => {
    if (drawing && series.style === "area") {
      lineTo(atX, base);
      data += "z";
    }
    drawing = false;
  };
  for (const [time, value] of decimate(points, seconds, series.style === "bars")) {
    if (Number.isNaN(value)) {
      finish();
      continue;
    }
    if (series.style === "bars") {
      if (value > 0) {
        moveTo(x(time), base);
        lineTo(x(time), y(value));
      }
      continue;
    }
    if (!drawing) {
      moveTo(x(time), series.style === "area" ? base : y(value));
      drawing = true;
    } else if (held) lineTo(x(time), atY);
    lineTo(x(time), y(value));
  }
  if (drawing && held) lineTo(x(seconds), atY);
  finish();
  return data;
}

/** One path a state: the state that holds longest in each pixel column, neighbours joined. */
function stateBands(
  states: readonly StateChange[],
  seconds: number,
): Map<string, [from: number, until: number][]> {
  const bands = new Map<string, [number, number][]>();
  const perPixel: Map<string, number>[] = Array.from({ length: INNER }, () => new Map());
  states.forEach(([from, state], i) => {
    const until = Math.min(states[i + 1]?.[0] ?? seconds, seconds);
    const first = Math.max(0, (from / seconds) * INNER);
    const last = (until / seconds) * INNER;
    for (let pixel = Math.floor(first); pixel < Math.min(last, INNER); pixel++) {
      const share = Math.min(pixel + 1, last) - Math.max(pixel, first);
      const held = perPixel[pixel]!;
      held.set(state, (held.get(state) ?? 0) + share);
    }
    if (!bands.has(state)) bands.set(state, []);
  });
  let previous: string | undefined;
  perPixel.forEach((held, pixel) => {
    const state = [...held].sort((a, b) => b[1] - a[1])[0]?.[0];
    if (state !== undefined) {
      const runs = bands.get(state)!;
      if (state === previous) runs[runs.length - 1]![1] = pixel + 1;
      else runs.push([pixel, pixel + 1]);
    }
    previous = state;
  });
  return bands;
}

/** At the right edge, as one text, so that the viewer's font makes the widths. */
function legend(entries: readonly { name: string; colour: string; filled: boolean }[], y: number): string {
  const spans = entries.map(
    ({ name, colour, filled }, i) =>
      `<tspan class="k" fill="${colour}" dx="${i === 0 ? 0 : 14}">${filled ? "■" : "━"}</tspan><tspan dx="5">${escapeXml(name)}</tspan>`,
  );
  return `<text x="${LEFT + INNER}" y="${y}" text-anchor="end">${spans.join("")}</text>`;
}

function drawPanel(panel: Panel, top: number, seconds: number): string {
  const values = panel.series
    .flatMap(({ points }) => points.map(([, value]) => value))
    .filter(Number.isFinite);
  const highest = values.reduce((max, value) => Math.max(max, value), panel.atLeast ?? 0);
  const wanted = Math.min(highest * 1.05, panel.atMost ?? Number.POSITIVE_INFINITY) || 1;
  const { step, values: marks } = ticks(wanted, Math.max(2, Math.floor(panel.heightPx / 28)));
  const x = (time: number) => LEFT + (Math.min(Math.max(time, 0), seconds) / seconds) * INNER;
  const y = (value: number) => top + panel.heightPx * (1 - Math.min(Math.max(value, 0), wanted) / wanted);
  const bottom = top + panel.heightPx;
  let svg = `<text x="${LEFT}" y="${top - 9}" class="t">${escapeXml(panel.title)}<tspan class="u" dx="6">${escapeXml(panel.unit)}</tspan></text>`;
  svg += legend(
    panel.series.map(({ name, colour, style }) => ({ name, colour, filled: style === "area" })),
    top - 9,
  );
  for (const mark of marks) {
    svg += `<path d="M${LEFT} ${coordinate(y(mark))}h${INNER}" stroke="${GRID}"/>`;
    svg += `<text x="${LEFT - 8}" y="${coordinate(y(mark) + 4)}" text-anchor="end" class="u">${label(mark, step)}</text>`;
  }
  for (const series of panel.series) {
    const data = pathOf(series, x, y, seconds);
    if (series.style === "area") svg += `<path d="${data}" fill="${series.colour}" fill-opacity=".55"/>`;
    else {
      svg += `<path d="${data}" fill="none" stroke="${series.colour}" stroke-width="1.4" stroke-linejoin="round"/>`;
    }
  }
  return `${svg}<path d="M${LEFT} ${bottom}h${INNER}" stroke="${FAINT}"/>`;
}

/**
 * A self-contained SVG: panels above one another over one axis of time, the controller's states behind them. It stays
 * below about 60 KB whatever the number of points.
 */
export function plotSvg(plot: Plot): string {
  const { seconds } = plot;
  const bands = stateBands(plot.states ?? [], seconds);
  let other = 0;
  const coloured = [...bands].map(([name, runs]) => ({
    name,
    runs,
    colour: STATE_COLOURS[name] ?? OTHER_COLOURS[other++ % OTHER_COLOURS.length]!,
    filled: true,
  }));
  const hasStates = coloured.length > 0;
  const head = plot.subtitle === undefined ? 40 : 60;
  const stripTop = head + 20;
  const firstPanel = head + (hasStates ? 62 : 26);
  let bottom = firstPanel - PANEL_GAP;
  let panels = "";
  for (const panel of plot.panels) {
    // The bands run through from top to bottom; titles stand on white.
    if (hasStates && bottom > firstPanel)
      panels += `<path d="M${LEFT} ${bottom + 1}h${INNER}v${PANEL_GAP - 1}h${-INNER}z" fill="#fff"/>`;
    panels += drawPanel(panel, bottom + PANEL_GAP, seconds);
    bottom += PANEL_GAP + panel.heightPx;
  }
  let svg = "";
  if (hasStates) {
    svg += `<text x="${LEFT}" y="${stripTop - 7}" class="t">Controller</text>${legend(coloured, stripTop - 7)}`;
    for (const { runs, colour } of coloured) {
      // Wide strokes: a third of the size of rectangles.
      const strokes = (top: number, height: number, opacity: number) =>
        `<path d="${runs.map(([from, until]) => `M${LEFT + from} ${top + height / 2}h${until - from}`).join("")}" stroke="${colour}" stroke-width="${height}" stroke-opacity="${opacity}"/>`;
      svg += strokes(stripTop, 10, 1) + strokes(firstPanel, bottom - firstPanel, 0.13);
    }
  }
  svg += panels;
  const { step, values } = ticks(seconds, 12);
  for (const mark of values) {
    const x = coordinate(LEFT + (mark / seconds) * INNER);
    svg += `<path d="M${x} ${bottom}v5" stroke="${FAINT}"/><text x="${x}" y="${bottom + 19}" text-anchor="middle" class="u">${label(mark, step)}</text>`;
  }
  svg += `<text x="${LEFT + INNER}" y="${bottom + 36}" text-anchor="end" class="u">time, s</text>`;
  const height = bottom + 46;
  const subtitle =
    plot.subtitle === undefined
      ? ""
      : `<text x="${LEFT}" y="48" class="u">${escapeXml(plot.subtitle)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escapeXml(plot.title)}</title>
<style>text{font:12px system-ui,"Noto Sans","DejaVu Sans",sans-serif;fill:${INK}}.t{font-weight:600}.u{fill:${FAINT};font-weight:400;font-variant-numeric:tabular-nums}.k{font-weight:900}.h{font-size:17px;font-weight:600}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="28" class="h">${escapeXml(plot.title)}</text>${subtitle}
${svg}
</svg>
`;
}
