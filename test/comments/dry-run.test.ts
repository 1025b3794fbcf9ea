import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/box/config.ts";
import { Scanner } from "../../src/clean/scanner.ts";
import { Archive } from "../../src/comments/archive.ts";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { DryRuns } from "../../src/comments/dry-run.ts";

const HOUR_MS = 3_600_000;

describe("a dry run", () => {
  let folder = "";
  let archive: Archive;
  let runs: DryRuns;
  const { signal } = new AbortController();
  const nowMs = Date.now();
  const comment = (id: string, text: string, agoMs: number, more: Partial<Comment> = {}): Comment => ({
    id,
    platform: "douyu",
    room: "1",
    kind: Kind.CHAT,
    timeMs: nowMs - agoMs,
    receivedMs: nowMs - agoMs,
    text,
    author: { id: `author of ${id}` },
    ...more,
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-dry-run-"));
    archive = Archive.open(folder);
    const lists = [{ name: "test", text: "@abuse 2\n坏蛋" }];
    runs = new DryRuns(
      archive,
      () => parseConfig({}).clean,
      () => Scanner.open(folder, lists),
      2_000,
    );
  });
  afterEach(async () => {
    archive.close();
    await rm(folder, { recursive: true });
  });
  const run = (clean: object, hours = 2) => runs.run(JSON.stringify(clean), hours, signal);

  it("tells which comments of the last hours would meet something else", async () => {
    archive.add([
      comment("1", "从前的小店", 3 * HOUR_MS),
      comment("2", "来我的小店", HOUR_MS),
      comment("3", "没有什么", HOUR_MS),
      comment("4", "另一家小店", 1_000, { room: "2" }),
      comment("5", "坏蛋", 1_000),
    ]);
    const found = await run({ words: "@ads 2\n小店" });
    assert.deepEqual(
      [found.judged, found.complete, found.changes],
      [4, true, [{ before: Action.SHOW, after: Action.HOLD, count: 2 }]],
    );
    assert.deepEqual(found.sample?.map(({ text }) => text).sort(), ["另一家小店", "来我的小店"].sort());
    assert.deepEqual(found.sample?.[0]?.reasons, ["ads:2"]);
    assert.deepEqual((await run({})).changes, []);
    const lenient = await run({ strength: 1, profile: "bar", words: "!坏蛋" });
    assert.deepEqual(lenient.changes, [{ before: Action.MASK, after: Action.SHOW, count: 1 }]);
    const ruled = await run({ rules: [{ kind: "context", id: "all", rooms: ["douyu:2"], action: "drop" }] });
    assert.deepEqual(ruled.changes, [{ before: Action.SHOW, after: Action.DROP, count: 1 }]);
  });

  it("looks at the newest when there are many, a sample of them, and lets others have their turn", async () => {
    const all = Array.from({ length: 2_100 }, (_, index) => comment(`${index}`, `第${index}条`, 1_000));
    archive.add([...all.map((one) => ({ ...one, author: {} })), comment("last", "小店", 1_000)]);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const found = await run({ words: "小店|第" });
    clearInterval(timer);
    assert.deepEqual([found.judged, found.complete, found.sample?.length], [2_000, false, 30]);
    assert.equal(found.changes?.[0]?.count, 2_000);
    assert(turns > 5, `${turns} turns of others`);
  });

  it("says what is wrong with the settings, and does one run at a time", async () => {
    assert.deepEqual(await runs.run("{", 1, signal), {
      failure: "CONFIG_INVALID",
      errors: [(await runs.run("{", 1, signal)).errors?.[0] ?? ""],
    });
    const wrong = await run({ rules: [{ kind: "text", id: "a" }] });
    assert.deepEqual(wrong.errors, ["config.clean.rules[0].words: expected at least one, or an expression"]);
    archive.add(Array.from({ length: 500 }, (_, index) => comment(`${index}`, "好", 1_000)));
    const first = run({});
    assert.deepEqual(await run({}), { failure: "DRY_RUN_BUSY" });
    assert.equal((await first).judged, 500);
    assert.equal((await run({})).judged, 500);
  });
});
