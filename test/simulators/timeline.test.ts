import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Saying } from "../../src/simulators/saying.ts";
import { playTimeline, readTimeline } from "../../src/simulators/timeline.ts";

describe("the simulated room's timeline", () => {
  it("is played in order, as fast as asked, over and over until the signal", async () => {
    const file = fileURLToPath(new URL("../../src/simulators/timeline.json", import.meta.url));
    const timeline = await readTimeline(file);
    assert(timeline.length > 100);
    const stop = new AbortController();
    const said: Saying[] = [];
    await playTimeline(
      timeline,
      1_000,
      (saying) => {
        said.push(saying);
        if (said.length === timeline.length * 2) stop.abort();
      },
      stop.signal,
    );
    assert.deepEqual(
      said.slice(0, timeline.length).map(({ text }) => text),
      timeline.map(({ text }) => text),
    );
    assert.deepEqual(said.slice(timeline.length), said.slice(0, timeline.length));
  });

  it("says which entry of a file is wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "feimu-timeline-"));
    const file = join(folder, "timeline.json");
    await writeFile(
      file,
      JSON.stringify([{ atMs: 0, text: "好" }, { atMs: -1 }, { atMs: 1, colour: "red" }]),
    );
    await assert.rejects(readTimeline(file), /atMs[\s\S]*colour/);
    await rm(folder, { recursive: true });
  });
});
