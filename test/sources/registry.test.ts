import assert from "node:assert/strict";
import { openSource, sourceLabel } from "../../src/sources/registry.ts";

describe("sources", () => {
  it("open RTP on the configured address for the allowed senders", () => {
    const config = { kind: "rtp", listen: "[::1]:5004", allow: ["10.0.0.7"] } as const;
    const opened = openSource({ ...config, allow: [...config.allow] });
    assert.deepEqual(opened, { kind: "rtp", host: "::1", port: 5004, allow: ["10.0.0.7"] });
  });

  it("are labelled so that a person tells them apart", () => {
    assert.equal(sourceLabel({ kind: "rtp", listen: "127.0.0.1:5004" }), "127.0.0.1:5004");
    assert.equal(sourceLabel({ kind: "test-pattern", width: 1280, height: 720, fps: 30 }), "1280×720 @ 30");
  });
});
