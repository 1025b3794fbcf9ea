import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { linkStates, wordFor } from "../../catalogue/states.ts";
import { GAP_MS, historyMs, type LinkSample, linkHistory, SHOWN_MS } from "./link-history.ts";
import { useOnScreen, useWidth } from "./on-screen.ts";
import { areaPath, axis, barPath, type Frame, linePath, runs, spans, xOf, yOf } from "./plot-shape.ts";
import { language, say, type Word } from "./words.ts";

type Measure = "kbps" | "targetKbps" | "rttMs" | "queueMs" | "loss" | "repaired";
interface Line {
  readonly of: Measure;
  readonly name: Word;
  readonly style: "line" | "area" | "bars";
}
interface Panel {
  readonly title: Word;
  readonly heightPx: number;
  /** The axis reaches at least this far. */
  readonly reach: number;
  /** What the values are multiplied by, and the unit they have then. */
  readonly unitOf: (max: number) => readonly [factor: number, unit: string];
  /** Drawn in this order. */
  readonly lines: readonly Line[];
}

const LEFT = 40;
const RIGHT = 6;
const EVERY_MS = 30_000;
const BAND_PX = 14;

const panels: readonly Panel[] = [
  {
    title: "plotRate",
    heightPx: 96,
    reach: 100,
    unitOf: (max) => (max < 1_000 ? [1, "kbit/s"] : [1e-3, "Mbit/s"]),
    lines: [
      { of: "kbps", name: "legendRate", style: "area" },
      { of: "targetKbps", name: "legendTarget", style: "line" },
    ],
  },
  {
    title: "plotDelay",
    heightPx: 72,
    reach: 20,
    unitOf: () => [1, "ms"],
    lines: [
      { of: "queueMs", name: "legendQueue", style: "area" },
      { of: "rttMs", name: "legendRtt", style: "line" },
    ],
  },
  {
    title: "plotLoss",
    heightPx: 48,
    reach: 0.01,
    unitOf: () => [100, "%"],
    lines: [
      { of: "loss", name: "legendLost", style: "bars" },
      { of: "repaired", name: "legendRepaired", style: "bars" },
    ],
  },
];

const known = (samples: readonly LinkSample[], of: Measure) =>
  samples.map((sample) => sample[of]).filter((value) => value !== undefined);

const short = (value: number) => (value === 0 ? "0" : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2));

/** The values of the moment that is pointed at, of now without a pointer. */
function sampleAt(samples: readonly LinkSample[], timeMs: number): LinkSample | undefined {
  const near = samples.filter((sample) => Math.abs(sample.timeMs - timeMs) < GAP_MS / 2);
  return near.toSorted((a, b) => Math.abs(a.timeMs - timeMs) - Math.abs(b.timeMs - timeMs))[0];
}

const wordOfState = (state: string) => wordFor(linkStates, state, language.value);

function Drawing({
  panel,
  samples,
  frame,
  unit: [factor],
  pointedMs,
}: {
  panel: Panel;
  samples: readonly LinkSample[];
  frame: Frame;
  unit: readonly [number, string];
  pointedMs: number | undefined;
}) {
  const { heightPx, reach, lines } = panel;
  const most = Math.max(reach, ...lines.flatMap(({ of }) => known(samples, of)));
  const marks = axis(most * factor, heightPx > 80 ? 4 : 2);
  const scaled: Frame = { ...frame, top: 6, height: heightPx - 12, max: marks.at(-1)! / factor };
  const right = frame.left + frame.width;
  const times: number[] = [];
  for (let at = frame.untilMs; at >= frame.fromMs; at -= EVERY_MS) times.push(at);
  return (
    <svg width={right + RIGHT} height={heightPx} aria-hidden="true">
      {times.map((at) => (
        <path key={frame.untilMs - at} class="grid" d={`M${xOf(frame, at)} ${scaled.top}v${scaled.height}`} />
      ))}
      {marks.map((mark) => {
        const y = Math.round(yOf(scaled, mark / factor)) + 0.5;
        return (
          <g key={mark}>
            <path class={mark === 0 ? "ground" : "grid"} d={`M${frame.left} ${y}H${right}`} />
            <text x={frame.left - 6} y={y + 4} text-anchor="end">
              {Number(mark.toPrecision(3))}
            </text>
          </g>
        );
      })}
      {lines.map(({ of, style }) => {
        const found = runs(
          samples.map((sample) => [sample.timeMs, sample[of]] as const),
          GAP_MS,
        );
        return (
          <g key={of} class={of}>
            {style === "area" && <path class="area" d={areaPath(found, scaled)} />}
            <path
              class={style === "bars" ? "bars" : "line"}
              d={(style === "bars" ? barPath : linePath)(found, scaled)}
            />
          </g>
        );
      })}
      {pointedMs !== undefined && (
        <path class="pointed" d={`M${xOf(frame, pointedMs)} ${scaled.top}v${scaled.height}`} />
      )}
    </svg>
  );
}

function Band({ samples, frame }: { samples: readonly LinkSample[]; frame: Frame }) {
  const found = spans(
    samples.map(({ timeMs, state }) => [timeMs, state] as const),
    frame.untilMs,
    GAP_MS,
  );
  return (
    <svg width={frame.left + frame.width + RIGHT} height={BAND_PX + 20} aria-hidden="true">
      {found.map(({ state, fromMs, untilMs }) => (
        <rect
          key={fromMs}
          class={`state-${state}`}
          x={xOf(frame, fromMs)}
          y={0}
          width={Math.max(1, xOf(frame, untilMs) - xOf(frame, fromMs))}
          height={BAND_PX}
        />
      ))}
      {[0, 30, 60, 90, 120].map((agoS) => (
        <text
          key={agoS}
          x={xOf(frame, frame.untilMs - agoS * 1_000)}
          y={BAND_PX + 15}
          text-anchor={agoS === 0 ? "end" : agoS === 120 ? "start" : "middle"}
        >
          {agoS === 0 ? say.value("now") : `−${agoS} s`}
        </text>
      ))}
    </svg>
  );
}

/** What the plots show, for who cannot see them. `now` is undefined in a gap. */
function inWords(samples: readonly LinkSample[], now: LinkSample | undefined): string {
  const said = panels.flatMap(({ lines, title, reach, unitOf }) =>
    lines.flatMap(({ of, name }) => {
      const values = known(samples, of);
      if (values.length === 0) return [];
      const [lowest, highest] = [Math.min(...values), Math.max(...values)];
      const [factor, unit] = unitOf(Math.max(reach, highest));
      const text = (word: Word, value: number) => `${say.value(word)} ${short(value * factor)} ${unit}`;
      const last = now?.[of];
      const all = [text("lowest", lowest), text("highest", highest)];
      if (last !== undefined) all.unshift(text("now", last));
      return [`${say.value(title)}, ${say.value(name)}: ${all.join(", ")}`];
    }),
  );
  if (now?.state) said.push(`${say.value("plotState")}: ${wordOfState(now.state)}`);
  return `${say.value("plots")}. ${said.join(". ")}`;
}

/** The last two minutes of a link: rate, delay and loss over one axis of time, and what the controller did. */
export function LinkPlots({ of }: { of: string }) {
  const figure = useRef<HTMLElement>(null);
  const seen = useOnScreen(figure);
  const width = useWidth(figure);
  const pointedX = useSignal<number | undefined>(undefined);
  // Unseen it does not follow, and nothing is drawn.
  const untilMs = seen.value ? historyMs.value : linkHistory.untilMs;
  const samples = linkHistory.of(of);
  const frame: Frame = {
    left: LEFT,
    width: Math.max(1, width.value - LEFT - RIGHT),
    top: 0,
    height: 0,
    fromMs: untilMs - SHOWN_MS,
    untilMs,
    max: 1,
  };
  const pointedMs =
    pointedX.value === undefined
      ? undefined
      : frame.fromMs + (SHOWN_MS * Math.min(frame.width, Math.max(0, pointedX.value - LEFT))) / frame.width;
  const at = sampleAt(samples, pointedMs ?? untilMs);
  const states = [...new Set(samples.map(({ state }) => state))].filter((state) => state !== "");
  return (
    <figure
      ref={figure}
      class="plots"
      role="img"
      aria-label={inWords(samples, sampleAt(samples, untilMs))}
      onPointerMove={(event) => {
        pointedX.value = event.clientX - event.currentTarget.getBoundingClientRect().left;
      }}
      onPointerLeave={() => {
        pointedX.value = undefined;
      }}
    >
      {panels.map((panel) => {
        const all = panel.lines.flatMap(({ of }) => known(samples, of));
        const unit = panel.unitOf(Math.max(panel.reach, ...all));
        const shown = panel.lines.filter(({ of }) => known(samples, of).length > 0);
        // Nobody answers a one-way sender.
        if (shown.length === 0) return null;
        return (
          <div key={panel.title}>
            <p class="plot-title">
              <span>
                <strong>{say.value(panel.title)}</strong> {unit[1]}
              </span>
              {shown.map(({ of, name }) => (
                <span key={of}>
                  <i class={of} /> {say.value(name)}{" "}
                  <b>{at?.[of] === undefined ? "–" : short(at[of] * unit[0])}</b>
                </span>
              ))}
            </p>
            <Drawing panel={panel} samples={samples} frame={frame} unit={unit} pointedMs={pointedMs} />
          </div>
        );
      })}
      <p class="plot-title">
        <strong>{say.value("plotState")}</strong>
        {states.map((state) => (
          <span key={state} class={at?.state === state ? "current" : ""}>
            <i class={`state-${state}`} /> {wordOfState(state)}
          </span>
        ))}
      </p>
      <Band samples={samples} frame={frame} />
    </figure>
  );
}
