import assert from "node:assert/strict";
import { setImmediate as immediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { SimulatedName } from "../../src/simulators/registry.ts";
import { corpusOf } from "./corpus.ts";
import { mutate, seeded } from "./mutate.ts";
import { parsers, tellingOf } from "./parsers.ts";

/** Of processor time for each parser; more on request. */
const SECONDS = Number(process.env.FEIMU_FUZZ_SECONDS ?? 1);
const SEED = Number(process.env.FEIMU_FUZZ_SEED ?? 20_26);
/** A message that takes more of the processor hangs. */
const HANGS_MS = 2_000;
const MAX_GROWTH = 64 << 20;
const ROUND = 1_000;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
/** Objects and buffers after a collection. */
function kept(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}
function cpuMsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  return cpuMsSince(start);
}

describe("the parsers of rooms, given what no platform sends", function () {
  this.timeout(SECONDS * 10_000 + 20_000);
  for (const platform of Object.keys(parsers)) {
    it(`do not break: ${platform}`, async () => {
      const corpus = corpusOf(platform as SimulatedName);
      const parse = (bytes: Buffer) => void tellingOf(platform, bytes);
      for (const bytes of corpus) parse(bytes);
      const random = seeded(SEED);
      const startCpu = process.cpuUsage();
      const startBytes = kept();
      let most = 0;
      let messages = 0;
      while (cpuMsSince(startCpu) < SECONDS * 1_000) {
        for (let times = 0; times < ROUND; times++, messages++) {
          const bytes = mutate(corpus, random);
          const sinceMs = performance.now();
          try {
            parse(bytes);
          } catch (error) {
            throw new Error(`after ${messages} messages, by ${bytes.toString("base64")}`, { cause: error });
          }
          // Once more if it took long: the machine may have been busy with something else.
          if (performance.now() - sinceMs > HANGS_MS) {
            assert(cpuMsOf(() => parse(bytes)) < HANGS_MS, `hangs: ${bytes.toString("base64")}`);
          }
        }
        // As between two reads of a socket.
        await immediate();
        most = Math.max(most, kept() - startBytes);
      }
      assert(most < MAX_GROWTH, `${most >> 20} MiB more`);
      if (SECONDS > 1) console.log(`      ${messages} messages, at most ${most >> 20} MiB more`);
    });
  }
});
