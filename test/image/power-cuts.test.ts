import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { answers, copyDisk, given, newDisk, Operator, page } from "./given.ts";
import { Machine, until } from "./machine.ts";
import { type DiskState, OfflineCheck } from "./offline.ts";
import { Replay, WriteLog } from "./write-log.ts";

const POINTS_A_PHASE = 50;
const STARTED = 10;
const KILLS = 10;
const SEED = 20_261_123;

/** Mulberry32: the same cuts each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Phase = "first start" | "running" | "settings" | "update";

describe("a box whose power is cut", function () {
  this.timeout(3_600_000);
  const { folder, tap, bundle, image } = given;
  const at = (name: string) => join(folder, name);
  const disk = at("cut.img");
  const fresh = at("cut-fresh.img");
  const writeLog = at("cut.log");
  const random = randomFrom(SEED);
  /** The box's name at any moment of a phase; undefined while there are no settings. */
  const settingsIn = {
    "first start": [undefined, "before"],
    running: ["before"],
    settings: ["before", "after"],
    update: ["after"],
  } as Record<Phase, (string | undefined)[]>;
  const phases: { readonly name: Phase; readonly end: number }[] = [];
  const kept: { readonly file: string; readonly state: DiskState }[] = [];
  let machine: Machine;

  const codeShown = (withinMs = 400_000) =>
    until("the code on the display", async () => (await machine.code()) === page, withinMs);
  const slotB = () => machine.run("grep -o rauc.slot=B /proc/cmdline || true");

  after(async () => {
    await machine?.cutPower();
    for (const { file } of kept) rmSync(file, { force: true });
    for (const file of [disk, fresh, writeLog]) rmSync(file, { force: true });
  });

  it("is recorded while it starts, runs, changes settings and takes an update", async () => {
    newDisk(fresh, "before", "2400M");
    copyDisk(fresh, disk);
    machine = new Machine({ disk, folder, firmware: "uefi", tap, writeLog });
    const endPhase = (name: Phase) => {
      const log = new WriteLog(writeLog);
      phases.push({ name, end: log.writes.length });
      log.close();
    };
    await machine.start();
    await codeShown();
    await until("the page answers", answers, 60_000);
    endPhase("first start");

    await delay(60_000);
    endPhase("running");

    const operator = await Operator.claim(machine);
    const settings = (await operator.call("GET", "api/config")) as object;
    for (let change = 0; change < 40; change++) {
      await operator.call("PUT", "api/config", { ...settings, name: change % 2 ? "after" : "before" });
    }
    endPhase("settings");

    await operator.handIn(bundle);
    await until(
      "it is installed",
      async () => (await operator.update().catch(() => undefined))?.phase === "installed",
      600_000,
    );
    machine.expectRestart();
    await until("it runs the other slot", async () => (await slotB().catch(() => "")) !== "", 400_000);
    await until(
      "it is called good",
      async () => (await machine.run("cat /state/update-result || true")).startsWith("updated to"),
      400_000,
    );
    endPhase("update");
    await machine.cutPower();
  });

  it(`is sound at ${4 * POINTS_A_PHASE} moments of it, and always has a slot to start`, async () => {
    const folderOfSlots = dirname(image);
    const check = new OfflineCheck(
      folder,
      fresh,
      join(folderOfSlots, "boot.squashfs"),
      join(folderOfSlots, "root.squashfs"),
    );
    copyDisk(fresh, disk);
    const log = new WriteLog(writeLog);
    const replay = new Replay(log, disk);
    const wrong: string[] = [];
    let begin = 0;
    let points = 0;
    for (const { name, end } of phases) {
      const cuts = Array.from({ length: POINTS_A_PHASE }, () => begin + Math.floor(random() * (end - begin)));
      const seen = new Map<string, number>();
      let lost = 0;
      for (const cut of cuts.toSorted((one, other) => one - other)) {
        lost += replay.cutAfter(cut, random);
        let state: DiskState;
        try {
          state = check.check(disk);
          assert(settingsIn[name].includes(state.name), `settings ${state.name}`);
          if (name !== "first start") assert.deepEqual(state.mended, []);
        } catch (fault) {
          wrong.push(`${name}, after ${cut} writes: ${fault}`);
          continue;
        }
        const repair = state.mended.map((file) => `, ${file} repaired`).join("");
        const what = `slot ${state.slot}, settings ${state.name ?? "not yet there"}${repair}`;
        seen.set(what, (seen.get(what) ?? 0) + 1);
        if (++points % ((4 * POINTS_A_PHASE) / STARTED) === 0) {
          const file = at(`cut-${kept.length}.img`);
          copyDisk(disk, file);
          kept.push({ file, state });
        }
      }
      const states = [...seen].map(([what, count]) => `${count} × ${what}`).join("; ");
      console.log(
        `      ${name}: ${end - begin} writes and flushes, ${lost} lost in ${cuts.length} cuts: ${states}`,
      );
      begin = end;
    }
    replay.close();
    log.close();
    assert.deepEqual(wrong, [], `seed ${SEED}`);
  });

  it(`starts from ${STARTED} of them`, async () => {
    for (const { file, state } of kept) {
      machine = new Machine({ disk: file, folder, firmware: "uefi", tap });
      await machine.start();
      await codeShown();
      await until("the page answers", answers, 60_000);
      const hello = (await (await fetch(`${page}api/hello`)).json()) as { name: string };
      assert.equal(hello.name, state.name ?? "before");
      await machine.cutPower();
      rmSync(file);
    }
  });

  it(`is there again after ${KILLS} kills while it starts and while it takes an update`, async () => {
    newDisk(disk, "before", "2400M");
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    for (let kill = 0; kill < KILLS; kill++) {
      await machine.start();
      if (kill % 2) {
        await delay(random() * 120_000);
      } else {
        await codeShown();
        await until("the page answers", answers, 60_000);
        const operator = await Operator.claim(machine);
        await operator.handIn(bundle);
        await delay(random() * 30_000);
      }
      await machine.cutPower();
    }
    await machine.start();
    await codeShown();
    await until("the page answers", answers, 60_000);
  });
});
