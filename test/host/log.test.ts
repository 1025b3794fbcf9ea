import assert from "node:assert/strict";
import { pino } from "pino";
import { withPriorities } from "../../src/host/log.ts";

describe("the log under a journal", () => {
  it("puts the priority before each line", () => {
    const lines: string[] = [];
    const log = pino({ level: "trace" }, withPriorities({ write: (line) => void lines.push(line) }));
    log.info("a");
    log.child({ room: 1 }).warn("b");
    log.error("c");
    log.fatal("d");
    log.debug("e");
    assert.deepEqual(
      lines.map((line) => [line.slice(0, 3), JSON.parse(line.slice(3)).msg]),
      [
        ["<6>", "a"],
        ["<4>", "b"],
        ["<3>", "c"],
        ["<2>", "d"],
        ["<7>", "e"],
      ],
    );
  });
});
