import assert from "node:assert/strict";
import { parseConfig } from "../../src/box/config.ts";
import { openSink, sinkLabel } from "../../src/sinks/registry.ts";

describe("sinks", () => {
  it("open a link to the configured address with what the configuration says, or left out", () => {
    const { sinks } = parseConfig({ sinks: [{ kind: "rtp", to: "[fd00::7]:5004", kbps: 2_000 }] });
    assert.deepEqual(sinks.map(openSink), [
      {
        kind: "rtp",
        host: "fd00::7",
        port: 5004,
        kbps: 2_000,
        fps: 30,
        width: 0,
        height: 0,
        oneWay: false,
      },
    ]);
    assert.deepEqual(sinks.map(sinkLabel), ["[fd00::7]:5004"]);
  });
});
