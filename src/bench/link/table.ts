import { type Phase, runBattery, type ScenarioResult } from "./battery.ts";

const percent = (share: number, digits = 0) => `${(share * 100).toFixed(digits)} %`;
const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
const mbps = (bps: number) => (bps / 1e6).toFixed(2);
const row = (...cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
const head = (...cells: string[]) => [row(...cells), row(...cells.map(() => "---"))];

interface Comparison {
  readonly title: string;
  readonly scenarios: readonly string[];
  readonly ways: readonly { readonly name: string; readonly results: readonly ScenarioResult[] }[];
}

const ways = async (
  title: string,
  scenarios: readonly string[],
  named: Record<string, readonly string[]>,
): Promise<Comparison> => ({
  title,
  scenarios,
  ways: await Promise.all(
    Object.entries(named).map(async ([name, given]) => {
      const results: ScenarioResult[] = [];
      for (const scenario of scenarios) {
        results.push(...(await runBattery("--scenario", scenario, ...given)));
      }
      return { name, results };
    }),
  ),
});

/** What each part of the link is worth: the same scenarios without it. */
export async function comparisons(): Promise<Comparison[]> {
  return [
    await ways("Pacing and slices", ["lan", "lan-buffer", "x4.5", "loss"], {
      ours: [],
      "one slice": ["--slices", "1"],
      "no pacing": ["--no-pacing"],
      "no pacing, one slice": ["--no-pacing", "--slices", "1"],
      "1.5 times the media's rate": ["--pacing-of-media", "1.5"],
    }),
    await ways("Repair", ["loss"], {
      both: [],
      "NACK alone": ["--no-fec"],
      "FEC alone": ["--no-rtx"],
    }),
  ];
}

const cell = ({ utilisation, queueMs, recoverySeconds, jain, flows, tcpBps }: ScenarioResult) => {
  const [flow] = flows;
  if (tcpBps.length === 1) return `${percent(flow!.bps / (flow!.bps + tcpBps[0]!))} of it`;
  if (flows.length > 1) return `Jain ${jain.toFixed(3)}, ${ms(queueMs.p95)} ms`;
  const recovery = recoverySeconds > 0 ? `, ${recoverySeconds.toFixed(1)} s` : "";
  return `${percent(utilisation)}, ${ms(queueMs.p95)} ms${recovery}`;
};

const phaseRow = ({ scenario }: ScenarioResult, phase: Phase) =>
  row(
    scenario,
    `${phase.linkKbps / 1e3} Mbps${phase.flow > 0 ? `, flow ${phase.flow + 1}` : ""}`,
    percent(phase.utilisation, 1),
    `${ms(phase.queueMs.p50)} / ${ms(phase.queueMs.p95)} / ${ms(phase.queueMs.max)}`,
    ms(phase.queueMs.maxSinceStep),
    percent(phase.frameLate, 2),
    ms(phase.longestGapMs),
    phase.recoverySeconds < 0 ? "–" : phase.recoverySeconds.toFixed(1),
  );

interface Aim {
  readonly scenario: string;
  readonly about: string;
  readonly scream: string;
  readonly gcc: string;
  readonly aim: string;
  readonly measured: (result: ScenarioResult) => string;
}

const most = (result: ScenarioResult, value: (phase: Phase) => number) =>
  Math.max(...result.phases.map(value));
const used = (result: ScenarioResult) => `${percent(result.utilisation, 1)} used`;
const queue = (result: ScenarioResult) => `q P95 ${ms(result.queueMs.p95)} ms`;
const gap = (result: ScenarioResult) =>
  `no frame gap over ${ms(most(result, ({ longestGapMs }) => longestGapMs))} ms`;
const local = (result: ScenarioResult) =>
  `last packet P95 ${ms(most(result, ({ lastPacketP95Ms }) => lastPacketP95Ms))} ms, ${percent(result.flows[0]!.lossRatio, 2)} lost, ${queue(result)}`;
const outage = (result: ScenarioResult) => {
  const { bytesInDark, windowBytes, backSeconds } = result.flows[0]!;
  return `${gap(result)}; ${(bytesInDark / windowBytes).toFixed(2)} of the window sent into it; back after ${Math.round(backSeconds * 1e3)} ms`;
};

/** SCReAM v2 and libwebrtc's GCC through the same emulator, measured once (packets alone; real VP8). */
const aims: readonly Aim[] = [
  {
    scenario: "lan",
    about: "50 Mbps, 1 ms, media of 4.5 Mbps",
    scream: "q P95 10.8–24.9 ms",
    gcc: "–",
    aim: "last packet P95 ≤ 6 ms, loss ≤ 0.01 %",
    measured: local,
  },
  {
    scenario: "lan-buffer",
    about: "behind ten packets",
    scream: "–",
    gcc: "–",
    aim: "the same",
    measured: local,
  },
  {
    scenario: "rfc8867-5.1",
    about: "1 / 2.5 / 0.6 / 1 Mbps, 50 ms",
    scream: ".85/.84/1.43/.50/.82 Mbps, q P95 up to 117 ms",
    gcc: ".77/.52/.85/.54/.67 Mbps",
    aim: "≥ 90 % a phase, q P95 ≤ 45 ms",
    measured: (one) =>
      `${one.phases.map(({ utilisation }) => percent(utilisation)).join(" / ")}, ${queue(one)}`,
  },
  {
    scenario: "x4.5",
    about: "the same × 4.5, 20 ms",
    scream: "q P95 up to 61, max 352 ms",
    gcc: "–",
    aim: "≥ 90 %, q P95 ≤ 30 ms",
    measured: (one) =>
      `${one.phases.map(({ utilisation }) => percent(utilisation)).join(" / ")}, ${queue(one)}, max ${ms(one.queueMs.max)} ms`,
  },
  {
    scenario: "drop",
    about: "10 → 3 → 10 Mbps, 10 ms",
    scream: "max 204 ms, 12 s to recover",
    gcc: "stalls for 1.7–2.1 s",
    aim: "max ≤ 200 ms, no gap > 250 ms, 90 % in 6 s",
    measured: (one) =>
      `max ${ms(one.queueMs.max)} ms, ${gap(one)}, 90 % in ${one.phases.at(-1)!.recoverySeconds.toFixed(1)} s`,
  },
  {
    scenario: "loss",
    about: "6 Mbps, 20 ms, 2 % lost",
    scream: "30 % used",
    gcc: "35 % used",
    aim: "≥ 85 %, q P95 ≤ 30 ms, < 0.1 % late",
    measured: (one) => `${used(one)}, ${queue(one)}, ${percent(one.frameLate, 2)} late`,
  },
  {
    scenario: "jitter",
    about: "6 Mbps, 20 ms, jitter 0–20 ms",
    scream: "5.3 Mbps, q P95 58 ms",
    gcc: "–",
    aim: "≥ 5.3 Mbps, q P95 ≤ 45 ms",
    measured: (one) => `${mbps(one.flows[0]!.bps)} Mbps, ${used(one)}, ${queue(one)}`,
  },
  {
    scenario: "fair",
    about: "two flows of ours, 6 Mbps",
    scream: "–",
    gcc: "–",
    aim: "Jain ≥ 0.95",
    measured: (one) => `Jain ${one.jain.toFixed(3)}, ${queue(one)}`,
  },
  {
    scenario: "tcp",
    about: "beside one TCP, 6 Mbps, 300 ms queue",
    scream: "–",
    gcc: "–",
    aim: "≥ 25 % share",
    measured: (one) => cell(one),
  },
  {
    scenario: "feedback-lost",
    about: "no feedback for 200 ms",
    scream: "–",
    gcc: "–",
    aim: "no gap > 250 ms, one window, back in 300 ms",
    measured: outage,
  },
  {
    scenario: "blackout",
    about: "both ways dead for 200 ms",
    scream: "–",
    gcc: "–",
    aim: "the same",
    measured: outage,
  },
];

/** Markdown of the battery and of what its parts are worth. */
export function markdown(
  results: readonly ScenarioResult[],
  deviations: readonly string[],
  compared: readonly Comparison[],
): string {
  const lines = [
    ...head("scenario", "link", "SCReAM v2", "GCC", "aim", "measured"),
    ...aims.flatMap(({ scenario, about, scream, gcc, aim, measured }) => {
      const result = results.find((one) => one.scenario === scenario);
      return result ? [row(`\`${scenario}\``, about, scream, gcc, aim, measured(result))] : [];
    }),
    "",
    ...head(
      "scenario",
      "link",
      "used",
      "queue P50 / P95 / max, ms",
      "max from the step on",
      "late",
      "longest gap, ms",
      "back at 90 %, s",
    ),
    ...results.flatMap((result) => result.phases.map((phase) => phaseRow(result, phase))),
    "",
    ...head("scenario", "each flow, Mbps", "TCP, Mbps", "Jain", "lost", "of that repaired"),
    ...results.map(({ scenario, flows, tcpBps, jain, lossRepaired }) =>
      row(
        scenario,
        flows.map(({ bps }) => mbps(bps)).join(", "),
        tcpBps.length === 1 ? mbps(tcpBps[0]!) : "",
        flows.length > 1 ? jain.toFixed(3) : "",
        percent(Math.max(...flows.map(({ lossRatio }) => lossRatio)), 2),
        lossRepaired < 1 ? percent(lossRepaired, 1) : "",
      ),
    ),
  ];
  lines.push("", "### Deviations from the draft", "", ...deviations);
  for (const { title, scenarios, ways: named } of compared) {
    lines.push("", `### ${title}`, "", ...head("", ...scenarios));
    for (const { name, results: one } of named) lines.push(row(name, ...one.map(cell)));
  }
  const repair = compared.at(-1)!;
  lines.push("", ...head("", "late at 50 ms", "late at 100 ms"));
  for (const { name, results: one } of repair.ways) {
    const phase = one[0]!.phases[0]!;
    lines.push(row(name, percent(phase.frameLate50, 2), percent(phase.frameLate, 2)));
  }
  return `${lines.join("\n")}\n`;
}

const isResult = (value: unknown): value is ScenarioResult =>
  typeof value === "object" && value !== null && "scenario" in value && "phases" in value;

/** For people: a line a phase of all results in an answer of the bench. */
export function summary(answer: object): string {
  const results = isResult(answer)
    ? [
        answer,
        ...Object.entries(answer).flatMap(([key, one]) =>
          isResult(one) && key !== "simulated" ? [one] : [],
        ),
      ]
    : Object.values(answer).filter(isResult);
  if (results.length === 0) return `${JSON.stringify(answer, null, 2)}\n`;
  const cells = [
    ["scenario", "kbps", "used", "q P50", "P95", "max", "since step", "late", "gap ms", "back s"],
    ...results.flatMap(({ scenario, phases }) =>
      phases.map((phase) => [
        scenario,
        String(phase.linkKbps),
        percent(phase.utilisation, 1),
        ...[phase.queueMs.p50, phase.queueMs.p95, phase.queueMs.max, phase.queueMs.maxSinceStep].map(ms),
        percent(phase.frameLate, 2),
        ms(phase.longestGapMs),
        phase.recoverySeconds < 0 ? "never" : phase.recoverySeconds.toFixed(1),
      ]),
    ),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((one) => one[column]!.length)));
  const line = (one: readonly string[]) =>
    one
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
      .join("  ");
  const more = results.flatMap(({ scenario, flows, tcpBps, jain, agreement }) => [
    ...(flows.length > 1 || tcpBps.length > 0
      ? [
          `${scenario}: flows ${flows.map(({ bps }) => mbps(bps)).join(", ")} Mbps, Jain ${jain.toFixed(3)}` +
            (tcpBps.length > 0 ? `, TCP ${tcpBps.map(mbps).join(", ")} Mbps` : ""),
        ]
      : []),
    ...(agreement
      ? [
          `${scenario}: real over simulated: used ${agreement.utilisation.toFixed(2)}, queue P95 ${agreement.queueP95.toFixed(2)}`,
        ]
      : []),
  ]);
  return `${[...cells.map(line), ...more].join("\n")}\n`;
}
