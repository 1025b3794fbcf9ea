import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { BatteryArgumentError, type ScenarioResult } from "../../src/bench/link/battery.ts";
import { benchLink } from "../../src/bench/link/index.ts";
import { summary } from "../../src/bench/link/table.ts";

describe("bench link", function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-link-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("reports a scenario with its phases, and plots it", async () => {
    const result = (await benchLink({ scenario: "drop", svg: folder })) as ScenarioResult;
    const { utilisation, queueMs, frameLate, lossRepaired, recoverySeconds, phases } = result;
    assert.deepEqual(
      phases.map(({ linkKbps }) => linkKbps),
      [10_000, 3_000, 10_000],
    );
    assert.equal(utilisation, Math.min(...phases.map((phase) => phase.utilisation)));
    assert.ok(queueMs.p50 <= queueMs.p95 && queueMs.p95 <= queueMs.max);
    assert.ok(frameLate >= 0 && lossRepaired <= 1 && recoverySeconds > 0);
    assert.deepEqual(await readdir(folder), ["link-drop.svg"]);
    assert.match(await readFile(join(folder, "link-drop.svg"), "utf8"), /^<svg .*ProbeBW-Cruise/s);
  });

  it("takes the ten-packet buffer as a part of the local network", async () => {
    const result = (await benchLink({ scenario: "lan" })) as {
      tenPacketBuffer: ScenarioResult;
    };
    assert.equal(result.tenPacketBuffer.scenario, "lan-buffer");
  });

  it("runs any other link, and says what is wrong with it", async () => {
    const file = join(folder, "steps");
    await writeFile(file, "# t, kbps, ms, loss %, queue ms\n0,2000,30,0,200\n5,1000,30,1,200\n");
    const { phases } = (await benchLink({ trace: file })) as ScenarioResult;
    assert.deepEqual(
      phases.map(({ linkKbps }) => linkKbps),
      [1000],
    );
    await writeFile(file, "0,2000,30,0,200\n5,many\n");
    await assert.rejects(benchLink({ trace: file }), BatteryArgumentError);
    await assert.rejects(benchLink({ scenario: "moon" }), /no scenario moon; there are/);
  });

  it("takes the worst of several seeds", async () => {
    const single = (await benchLink({ scenario: "loss", seconds: "10", seed: "2" })) as ScenarioResult;
    const both = (await benchLink({ scenario: "loss", seconds: "10", seeds: "2" })) as ScenarioResult;
    assert.ok(both.utilisation <= single.utilisation && both.queueMs.p95 >= single.queueMs.p95);
    assert.equal(both.phases.length, 2);
  });

  it("says what there is for a wrong deviation, number or peer", async () => {
    await assert.rejects(
      benchLink({ scenario: "drop", without: "luck" }),
      /no deviation luck; there are: trains/,
    );
    await assert.rejects(
      benchLink({ scenario: "drop", seconds: "-1" }),
      /--seconds: expected a number above 0/,
    );
    await assert.rejects(benchLink({ scenario: "drop", seeds: "none" }), /--seeds: expected/);
    await assert.rejects(
      benchLink({ scenario: "drop", peer: "moon" }),
      /no peer moon; there are: gstreamer, wrtc/,
    );
  });

  it("counts an outage as a gap", async () => {
    const { phases } = (await benchLink({ scenario: "blackout" })) as ScenarioResult;
    assert.ok(Math.max(...phases.map(({ longestGapMs }) => longestGapMs)) > 200);
  });

  it("runs the same over sockets between two namespaces", async function () {
    if (process.getuid?.() !== 0) {
      console.error("      skipped: network namespaces need root");
      return this.skip();
    }
    const real = (await benchLink({ scenario: "loss", seconds: "7", real: true })) as ScenarioResult;
    assert.equal(real.phases.length, 1);
    assert.ok(real.utilisation > 0.5 && (real.simulated?.utilisation ?? 0) > 0.5, `${real.utilisation} used`);
    assert.ok(real.queueMs.p95 > 0 && real.flows[0]!.bps > 2e6);
  });

  it("prints a line a phase for people", async () => {
    const text = summary((await benchLink({ scenario: "drop" })) as ScenarioResult);
    assert.match(text, /^scenario +kbps +used/);
    assert.equal(text.trim().split("\n").length, 4);
  });
});
