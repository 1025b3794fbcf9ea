import { runBattery, type ScenarioResult } from "./battery.ts";

const SEEDS = 5;

interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: (result: ScenarioResult) => number;
  readonly text: (value: number) => string;
}

const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
const ms = (value: number) => `${Math.round(value)} ms`;

const figure =
  (name: string, value: Figure["value"], text: Figure["text"]) =>
  (scenario: string): Figure => ({
    scenario,
    name,
    value,
    text,
  });
const used = figure("used", ({ utilisation }) => utilisation, percent);
const queueP95 = figure("queue P95", ({ queueMs }) => queueMs.p95, ms);
const queueMax = figure("queue at most", ({ queueMs }) => queueMs.max, ms);
const gap = figure(
  "longest gap",
  ({ phases }) => Math.max(...phases.map(({ longestGapMs }) => longestGapMs)),
  ms,
);
const lastPacket = figure(
  "last packet P95",
  ({ phases }) => phases[0]!.lastPacketP95Ms,
  (value) => `${value.toFixed(1)} ms`,
);
const dark = figure(
  "sent into it",
  ({ flows }) => flows[0]!.bytesInDark,
  (bytes) => `${Math.round(bytes / 1e3)} kB`,
);
const back = figure("back after", ({ flows }) => flows[0]!.backSeconds * 1e3, ms);
const jain = figure(
  "Jain",
  (result) => result.jain,
  (value) => value.toFixed(3),
);
const share = figure(
  "share",
  ({ flows, tcpBps }) => flows[0]!.bps / (flows[0]!.bps + (tcpBps[0] ?? 0)),
  percent,
);

/** What each deviation of the controller is for: where leaving it out shows. */
const deviations: Readonly<Record<string, readonly Figure[]>> = {
  trains: [used("rfc8867-5.1"), used("drop"), jain("rfc8867-5.5"), share("tcp")],
  standing: [queueP95("fair"), share("tcp")],
  "quick-drop": [queueMax("drop"), queueMax("x4.5"), gap("x4.5"), share("tcp")],
  shares: [jain("fair"), queueP95("fair")],
  blind: [gap("blackout"), back("blackout"), dark("blackout"), queueMax("blackout")],
  competing: [share("tcp"), queueP95("tcp")],
  roomy: [lastPacket("lan")],
};

/** Markdown: each deviation with the scenarios where it shows, medians of five seeds. */
export async function deviationTable(): Promise<string[]> {
  const known = new Map<string, Promise<ScenarioResult[]>>();
  const runs = (scenario: string, ...given: string[]) => {
    const key = [scenario, ...given].join(" ");
    const seeds = Array.from({ length: SEEDS }, (_, index) => String(index + 1));
    const made =
      known.get(key) ??
      (async () => {
        const results: ScenarioResult[] = [];
        for (const seed of seeds)
          results.push((await runBattery("--scenario", scenario, "--seed", seed, ...given))[0]!);
        return results;
      })();
    known.set(key, made);
    return made;
  };
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const lines = ["| deviation | scenario | figure | ours | without it |", "| --- | --- | --- | --- | --- |"];
  for (const [name, figures] of Object.entries(deviations)) {
    for (const [index, { scenario, name: what, value, text }] of figures.entries()) {
      const ours = median((await runs(scenario)).map(value));
      const without = median((await runs(scenario, "--without", name)).map(value));
      lines.push(
        `| ${index === 0 ? `\`${name}\`` : ""} | ${scenario} | ${what} | ${text(ours)} | ${text(without)} |`,
      );
    }
  }
  return lines;
}
