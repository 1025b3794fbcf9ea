import assert from "node:assert/strict";
import { childNames } from "../../src/box/process-table.ts";
import { units } from "../../src/box/units.ts";

describe("units of the image", () => {
  const all = units();
  const lines = (name: string) => (all[`feimu-${name}.service`] ?? "").split("\n");

  it("are one for each process of the table, each with a user of its own", () => {
    const names = ["box", ...childNames];
    assert.deepEqual(Object.keys(all).toSorted(), names.map((name) => `feimu-${name}.service`).toSorted());
    for (const name of names) {
      for (const line of [
        `User=feimu-${name}`,
        "Type=notify",
        "ProtectSystem=strict",
        "Restart=always",
        "StartLimitIntervalSec=0",
      ])
        assert(lines(name).includes(line), `${name}: ${line}`);
      assert(lines(name).some((line) => line.startsWith("WatchdogSec=")));
      assert(lines(name).some((line) => line.startsWith("MemoryMax=")));
    }
  });

  it("give the display to the stage alone, and no network with it", () => {
    assert(lines("stage").includes("DeviceAllow=char-drm rw"));
    assert(lines("stage").includes("PrivateNetwork=yes"));
    assert(lines("stage").includes("FileDescriptorStoreMax=1"));
    assert(lines("box").includes("DeviceAllow=char-input r"), "the panic key, read-only");
    assert(lines("box").includes("SupplementaryGroups=input"));
    for (const name of ["stage", "media", "comments", "control"]) {
      assert(!lines(name).some((line) => line.includes("char-input")), name);
    }
    for (const name of ["box", "media", "comments", "control"]) {
      assert(!lines(name).some((line) => line.includes("char-drm")), name);
    }
  });
});
