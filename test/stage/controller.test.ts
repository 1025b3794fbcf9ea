import assert from "node:assert/strict";
import { controllersWithConnectors } from "../../src/stage/controller.ts";

describe("display controllers", () => {
  it("are those with connectors: a board has one for drawing that has none", () => {
    const board = ["card0", "card1", "card1-HDMI-A-1", "card1-HDMI-A-2", "renderD128", "version"];
    assert.deepEqual(controllersWithConnectors(board), ["card1"]);
    assert.deepEqual(controllersWithConnectors(["card0", "renderD128"]), []);
    assert.deepEqual(controllersWithConnectors(["card0-Writeback-1", "card10-DP-1"]), ["card10"]);
  });
});
