import assert from "node:assert/strict";
import { parseConfig } from "../../src/box/config.ts";
import { SafeMode, safeConfig } from "../../src/box/safe-mode.ts";

describe("safe mode", () => {
  let now = 0;
  const see = (mode: SafeMode, restarts: number, name = "stage") => mode.see([{ name, restarts }]);

  it("begins when one process ended three times in five minutes, and is left by hand", () => {
    const mode = new SafeMode(() => now);
    assert.equal(see(mode, 1), false);
    now += 60_000;
    assert.equal(see(mode, 2), false);
    assert.equal(mode.because, undefined);
    assert.equal(see(mode, 3), true);
    assert.equal(mode.because, "stage");
    assert.equal(see(mode, 4), false, "it began once");
    mode.leave();
    assert.equal(mode.because, undefined);
    assert.equal(see(mode, 5), false);
    assert.equal(see(mode, 7), true);
  });

  it("does not add up what is long ago, or of others", () => {
    const mode = new SafeMode(() => now);
    for (let restarts = 1; restarts < 10; restarts++) {
      now += 200_000;
      assert.equal(see(mode, restarts), false);
    }
    for (const name of ["a", "b", "c"]) assert.equal(see(mode, 2, name), false);
  });

  it("keeps the way to the box, and what is shown but the comments", () => {
    const set = parseConfig({
      name: "bar",
      web: { port: 80 },
      rooms: [{ platform: "bilibili", id: "1" }],
      sources: [{ kind: "test-pattern" }],
      display: { backend: "kms", width: 3840, height: 2160, refreshHz: 30, language: "en" },
      danmaku: { speed: 4, fontPx: 128 },
    });
    const safe = safeConfig(set);
    assert.deepEqual(
      [safe.name, safe.web, safe.rooms, safe.sources],
      [set.name, set.web, set.rooms, set.sources],
    );
    assert.equal(safe.danmaku.enabled, false);
    assert.equal(safe.danmaku.fontPx, 36);
    assert.deepEqual(safe.display, {
      backend: "kms",
      width: 1280,
      height: 720,
      refreshHz: 60,
      language: "en",
    });
  });
});
