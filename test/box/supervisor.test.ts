import assert from "node:assert/strict";
import { restartDelayMs } from "../../src/box/supervisor.ts";

describe("supervisor", () => {
  it("restarts at once, then ever later, and never gives up", () => {
    assert.deepEqual([1, 2, 3, 4, 5].map(restartDelayMs), [100, 200, 400, 800, 1600]);
    assert.equal(restartDelayMs(1000), 10_000);
  });
});
