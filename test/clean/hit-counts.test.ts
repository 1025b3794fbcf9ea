import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/box/config.ts";
import { HitCounts } from "../../src/clean/hit-counts.ts";
import { Judge } from "../../src/clean/judge.ts";
import { Scanner } from "../../src/clean/scanner.ts";
import { Kind } from "../../src/comments/comment.ts";

describe("counts of hits", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-counts-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const of = (counts: HitCounts) =>
    Object.fromEntries([...counts.all].map(([source, { hits, falseHits }]) => [source, [hits, falseHits]]));

  it("tell for each rule, list and check in how many comments it found something, and where that was wrong", () => {
    const rules = [{ kind: "text", id: "shop", words: ["小店"] }];
    const settings = parseConfig({ clean: { rules } }).clean;
    const judge = new Judge(Scanner.open(folder, [{ name: "test", text: "@abuse 2\n坏蛋" }]), settings);
    let next = 0;
    const say = (text: string) => {
      const id = String(next++);
      judge.judge({ id, platform: "douyu", room: "1", kind: Kind.CHAT, timeMs: 1, receivedMs: 1, text });
      return `douyu:1:${id}`;
    };
    const first = say("小店坏蛋小店");
    say("坏蛋");
    say("你好");
    say("电话13912345678");
    assert.deepEqual(of(judge.counts), { "rule:shop": [1, 0], "list:test": [2, 0], "list:checks": [1, 0] });
    assert(judge.counts.setFine(first, true));
    assert(judge.counts.setFine(first, true));
    assert(!judge.counts.setFine("douyu:1:none", true));
    assert.deepEqual(judge.counts.fine, [first]);
    assert.deepEqual(of(judge.counts), { "rule:shop": [1, 1], "list:test": [2, 1], "list:checks": [1, 0] });
    judge.configure(parseConfig({}).clean);
    assert.deepEqual(Object.keys(of(judge.counts)), ["list:test", "list:checks"]);
    judge.counts.setFine(first, false);
    assert.deepEqual(of(judge.counts), { "list:test": [2, 0], "list:checks": [1, 0] }, "taken back");
    assert.deepEqual(judge.counts.fine, []);
  });

  it("outlive a restart, and a damaged file is none", async () => {
    const file = join(folder, "counts.json");
    const counts = HitCounts.read(file);
    counts.note("a", new Set(["rule:x"]));
    counts.setFine("a", true);
    await counts.write(file);
    assert.deepEqual(of(HitCounts.read(file)), { "rule:x": [1, 1] });
    assert.deepEqual(await readdir(folder), ["counts.json"]);
    await rm(file);
    await counts.write(file);
    assert.deepEqual(await readdir(folder), []);
    for (const damaged of ["{", '{"rule:x":{"hits":-1,"falseHits":0}}', "[]"]) {
      await writeFile(file, damaged);
      assert.deepEqual(of(HitCounts.read(file)), {});
    }
  });
});
