import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A program of the bench: what scripts/build has made, or else made now with CMake. */
export function benchProgram(name: "feimu-link-battery" | "feimu-link-flows" | "feimu-linkemu"): string {
  const built = `${root}build/cmake/bench/${name}`;
  if (existsSync(built)) return built;
  const folder = `${root}build/bench`;
  process.stderr.write(`building ${name}\n`);
  const stdio: ["ignore", "ignore", "inherit"] = ["ignore", "ignore", "inherit"];
  execFileSync("cmake", ["-S", root, "-B", folder, "-DFEIMU_ADDONS=OFF"], { stdio });
  execFileSync("cmake", ["--build", folder, "--target", name], { stdio });
  return `${folder}/bench/${name}`;
}

export const SCENARIOS: readonly string[] = [
  "lan",
  "lan-buffer",
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `rfc8867-5.${n}`),
  "x4.5",
  "drop",
  "loss",
  "jitter",
  "feedback-lost",
  "blackout",
  "fair",
  "tcp",
];

/** From 5 s after a step of the link to the next one. */
export interface Phase {
  readonly flow: number;
  readonly fromS: number;
  readonly toS: number;
  readonly linkKbps: number;
  /** Of frames on time, with IP, UDP and RTP headers, over what link and source allowed. */
  readonly utilisation: number;
  /** Sender and bottleneck; `maxSinceStep` from the step itself on. */
  readonly queueMs: {
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
    readonly maxSinceStep: number;
  };
  /** Share of frames later than 100 (50) ms after the loss-free instant. */
  readonly frameLate: number;
  readonly frameLate50: number;
  readonly longestGapMs: number;
  readonly lastPacketP95Ms: number;
  /** To half a second at 90 %; -1: never. */
  readonly recoverySeconds: number;
}

export interface Flow {
  readonly bps: number;
  readonly lossRatio: number;
  readonly lossRepaired: number;
  readonly jitterMs: number;
  readonly bytesInDark: number;
  readonly windowBytes: number;
  readonly backSeconds: number;
}

/** Each 100 ms. Rates: bit/s. */
export interface Sample {
  readonly s: number;
  readonly target: number;
  readonly pacing: number;
  readonly received: number;
  readonly queueMs: number;
  readonly rttMs: number;
  /** Since the beginning. */
  readonly loss: number;
  readonly state: string;
}

/** The worst phase at the top. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly utilisation: number;
  readonly queueMs: { readonly p50: number; readonly p95: number; readonly max: number };
  readonly frameLate: number;
  readonly lossRepaired: number;
  readonly recoverySeconds: number;
  readonly jain: number;
  readonly phases: readonly Phase[];
  readonly flows: readonly Flow[];
  readonly tcpBps: readonly number[];
  readonly series?: readonly (readonly Sample[])[];
  /** Of a real run: the same in simulated time, and how much of it the real one reached. */
  readonly simulated?: ScenarioResult;
  readonly agreement?: { readonly utilisation: number; readonly queueP95: number };
  /** Of a real run: packets that this machine delivered more than 1 ms after their time. */
  readonly emulator?: { readonly latePackets: number; readonly latestMs: number };
}

/** The program refuses a name or a file; its words say why. */
export class BatteryArgumentError extends Error {
  override readonly name = "BatteryArgumentError";
}

async function run(name: "feimu-link-battery" | "feimu-link-flows", given: readonly string[]) {
  try {
    const { stdout } = await promisify(execFile)(benchProgram(name), given, { maxBuffer: 256 << 20 });
    return stdout.trim().split("\n");
  } catch (error) {
    const { stderr = "", code } = error as { stderr?: string; code?: number };
    if (code === 2) throw new BatteryArgumentError(stderr.trim());
    throw new Error(`${name} failed: ${stderr.trim()}`, { cause: error });
  }
}

/** Runs scenarios in simulated time. */
export const runBattery = async (...given: readonly string[]): Promise<ScenarioResult[]> =>
  (await run("feimu-link-battery", given)).map((line) => JSON.parse(line) as ScenarioResult);

/** What a scenario asks of a real link. */
export interface LinkDescription {
  readonly seconds: number;
  /** What the first flow's source can use, with headers. */
  readonly maxKbps: number;
  /** Of feimu-linkemu. */
  readonly steps: readonly string[];
  /** Sent from the first end; `bytes` 0: without end. */
  readonly tcp: readonly { readonly beginS: number; readonly bytes: number }[];
}

export const describe = async (given: readonly string[]): Promise<LinkDescription> =>
  JSON.parse((await run("feimu-link-flows", [...given, "--describe", "1"]))[0]!) as LinkDescription;
