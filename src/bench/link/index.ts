import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BatteryArgumentError, runBattery, SCENARIOS, type ScenarioResult } from "./battery.ts";
import { deviationTable } from "./deviations.ts";
import { linkPlot } from "./link-plot.ts";
import { benchPeer } from "./peers.ts";
import { runReal } from "./real.ts";
import { comparisons, markdown } from "./table.ts";

export interface LinkBenchOptions {
  /** All without. */
  readonly scenario?: string;
  /** Steps of a link of one's own. */
  readonly trace?: string;
  /** A deviation of the controller to leave out. */
  readonly without?: string;
  readonly seed?: string;
  /** With each of the seeds 1 to this: the worst figure of all counts. */
  readonly seeds?: string;
  /** Of each scenario, at most. */
  readonly seconds?: string;
  readonly slices?: string;
  readonly "pacing-of-media"?: string;
  readonly "max-kbps"?: string;
  /** Without a part of the link. */
  readonly "no-rtx"?: boolean;
  readonly "no-fec"?: boolean;
  readonly "no-pacing"?: boolean;
  /** Folder for plots. */
  readonly svg?: string;
  /** The tables of docs/performance.md and docs/link.md. */
  readonly table?: boolean;
  /** Between two namespaces in real time; the same in simulated time is beside it. */
  readonly real?: boolean;
  /** With `real`: another sender on the same link. */
  readonly peer?: string;
}

/** Reported as a part of another one. */
const parts: Record<string, readonly [name: string, part: string]> = {
  lan: ["lan-buffer", "tenPacketBuffer"],
  blackout: ["feedback-lost", "feedbackLost"],
};

const withoutSeries = ({ series: _, ...rest }: ScenarioResult) => rest;

async function plot(folder: string, result: ScenarioResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [flow, samples] of (result.series ?? []).entries()) {
    const points = (value: (sample: (typeof samples)[number]) => number) =>
      samples.map((sample) => [sample.s, value(sample)] as const);
    const phases = result.phases.filter((phase) => phase.flow === flow);
    const seconds = samples.at(-1)?.s ?? 1;
    const svg = linkPlot({
      title: result.scenario,
      subtitle: phases
        .map(
          ({ linkKbps, utilisation, queueMs }) =>
            `${linkKbps} kbps: ${Math.round(utilisation * 100)} %, ${Math.round(queueMs.p95)} ms`,
        )
        .join(" · "),
      seconds,
      capacityBps: phases.map(({ fromS, linkKbps }) => [Math.max(0, fromS - 5), linkKbps * 1_000]),
      targetBps: points(({ target }) => target),
      receivedBps: points(({ received }) => received),
      queueMs: points(({ queueMs }) => queueMs),
      rttMs: points(({ rttMs }) => rttMs),
      states: points(() => 0).map(([time], index) => [time, samples[index]!.state]),
    });
    const name = result.scenario.replaceAll("/", "-");
    await writeFile(join(folder, `link-${name}${flow > 0 ? `-${flow}` : ""}.svg`), svg);
  }
}

const valued = ["without", "seed", "seconds", "slices", "pacing-of-media", "max-kbps"] as const;
const switches = ["no-rtx", "no-fec", "no-pacing"] as const;

/** How far a real run is from the simulated one: 1 is the same. */
const agreement = (real: ScenarioResult, simulated: ScenarioResult) => ({
  utilisation: real.utilisation / simulated.utilisation,
  queueP95: real.queueMs.p95 / simulated.queueMs.p95,
});

async function runBeside(given: readonly string[]): Promise<ScenarioResult> {
  const [simulated] = await runBattery(...given.filter((word) => word !== "--series"));
  const real = await runReal(given);
  return { ...real, simulated: simulated!, agreement: agreement(real, simulated!) };
}

/** Several runs as one: the worst of each figure. */
function worst(runs: readonly ScenarioResult[]): ScenarioResult {
  const most = (value: (run: ScenarioResult) => number) => Math.max(...runs.map(value));
  const recoveries = runs.map(({ recoverySeconds }) => recoverySeconds);
  return {
    ...runs[0]!,
    utilisation: Math.min(...runs.map(({ utilisation }) => utilisation)),
    queueMs: {
      p50: most(({ queueMs }) => queueMs.p50),
      p95: most(({ queueMs }) => queueMs.p95),
      max: most(({ queueMs }) => queueMs.max),
    },
    frameLate: most(({ frameLate }) => frameLate),
    lossRepaired: Math.min(...runs.map(({ lossRepaired }) => lossRepaired)),
    recoverySeconds: recoveries.includes(-1) ? -1 : Math.max(...recoveries),
    jain: Math.min(...runs.map(({ jain }) => jain)),
    phases: runs.flatMap(({ phases }) => phases),
    flows: runs.flatMap(({ flows }) => flows),
    tcpBps: runs.flatMap(({ tcpBps }) => tcpBps),
  };
}

/** The link's battery: the same sender, receiver and controller in simulated time and over sockets. */
export async function benchLink(options: LinkBenchOptions): Promise<object | string> {
  if (options.scenario === "chromium") return (await import("./chromium.ts")).benchChromium();
  if (options.table) {
    return markdown(await runBattery(), await deviationTable(), await comparisons());
  }
  const common = [
    ...valued.flatMap((name) => (options[name] === undefined ? [] : [`--${name}`, options[name]])),
    ...switches.flatMap((name) => (options[name] ? [`--${name}`] : [])),
    ...(options.svg ? ["--series"] : []),
  ];
  if (options.peer !== undefined) {
    const link = options.trace ? ["--trace", options.trace] : ["--scenario", options.scenario ?? "drop"];
    return benchPeer(options.peer, [...link, ...common]);
  }
  const seeds = Number(options.seeds ?? 1);
  if (!(seeds >= 1)) {
    throw new BatteryArgumentError(`--seeds: expected a number from 1 on but received ${options.seeds}`);
  }
  const one = async (...given: string[]): Promise<ScenarioResult> => {
    const runs: ScenarioResult[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const words = [...given, ...common, ...(options.seeds === undefined ? [] : ["--seed", String(seed)])];
      runs.push(options.real ? await runBeside(words) : (await runBattery(...words))[0]!);
    }
    if (options.svg) await plot(options.svg, runs[0]!);
    return withoutSeries(runs.length > 1 ? worst(runs) : runs[0]!);
  };
  if (options.trace) return one("--trace", options.trace);
  if (options.scenario) {
    const result = await one("--scenario", options.scenario);
    const part = parts[options.scenario];
    return part ? { ...result, [part[1]]: await one("--scenario", part[0]) } : result;
  }
  const results: Record<string, ScenarioResult> = {};
  for (const name of SCENARIOS) results[name] = await one("--scenario", name);
  return results;
}
