import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Judge } from "../../src/clean/judge.ts";
import { Scanner, shippedLists } from "../../src/clean/scanner.ts";
import { Archive, type Kept } from "../../src/comments/archive.ts";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { CommentHub } from "../../src/comments/hub.ts";
import { Pipeline } from "../../src/comments/pipeline.ts";
import { Pseudonyms } from "../../src/comments/pseudonyms.ts";

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: Date.now(),
  text: id,
  author: { id: "12345", name: "甲" },
  ...more,
});

/** Remembers what everybody was told. */
class Listening extends CommentHub {
  readonly told: Kept[] = [];
  override publish(kept: Kept): void {
    this.told.push(kept);
    super.publish(kept);
  }
}

describe("the way of a comment", () => {
  let folder = "";
  let archive: Archive;
  let hub: Listening;
  let pseudonyms: Pseudonyms;
  let judge: Judge;
  let pipeline: Pipeline;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-pipeline-"));
    archive = Archive.open(folder);
    hub = new Listening();
    pseudonyms = await Pseudonyms.open(folder);
    judge = new Judge(Scanner.open(folder, shippedLists()), {
      profile: "bar",
      strength: 2,
      words: "",
      foldS: 0,
    });
    pipeline = new Pipeline(archive, pseudonyms, judge, hub, pino({ level: "silent" }));
    pipeline.keepFor(24);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const told = () => hub.told.map(({ comment: { id, sequence } }) => `${id} ${sequence}`);

  it("is kept before anybody is told, in the order in which it came", () => {
    for (let index = 0; index < 1_200; index++) pipeline.push(comment(String(index)));
    pipeline.flush();
    assert.equal(hub.told.length, 500);
    assert.equal(archive.newest("douyu", "1"), 500);
    pipeline.flush();
    pipeline.flush();
    assert.deepEqual([told()[0], told()[1_199]], ["0 1", "1199 1200"]);
    archive.close();
  });

  it("has no id of the platform's for its author, and the same name for the same one", async () => {
    pipeline.push(comment("a"));
    pipeline.push(comment("b"));
    pipeline.push(comment("c", { author: { id: "54321" } }));
    pipeline.flush();
    const [a, b, c] = hub.told.map((kept) => kept.comment.author?.id);
    assert.equal(a, b);
    assert.notEqual(a, c);
    archive.close();
    assert.equal((await readFile(join(folder, "comments.sqlite"))).includes("12345"), false);
    assert.equal((await Pseudonyms.open(folder)).of("douyu", "12345"), a);
    await pseudonyms.renew();
    assert.notEqual(pseudonyms.of("douyu", "12345"), a);
  });

  it("is taken back by its author's name", () => {
    pipeline.push(comment("a"));
    pipeline.push(
      comment("r", { kind: Kind.RETRACT, author: {}, retraction: { source: 0, authorId: "12345" } }),
    );
    pipeline.flush();
    assert.equal(archive.since("douyu", "1", 0).length, 1);
    archive.close();
  });

  it("is forgotten with all that its author said, on every stage too", () => {
    pipeline.push(comment("a"));
    pipeline.push(comment("b", { room: "2" }));
    pipeline.push(comment("c", { author: { id: "54321" } }));
    pipeline.forget(pseudonyms.of("douyu", "12345"));
    const rest = hub.told.slice(3).map((kept) => [kept.comment.room, kept.comment.retraction?.authorId]);
    const name = pseudonyms.of("douyu", "12345");
    assert.deepEqual(rest, [
      ["1", name],
      ["2", name],
    ]);
    assert.equal(archive.since("douyu", "1", 0).length, 2);
    assert.equal(archive.since("douyu", "2", 0).length, 1);
    archive.close();
  });

  it("is erased with all others when the event ends, and its author has another name", async () => {
    pipeline.push(comment("a"));
    const name = pseudonyms.of("douyu", "12345");
    await pipeline.endEvent();
    assert.deepEqual(archive.since("douyu", "1", 0), []);
    assert.equal(hub.told.at(-1)?.comment.retraction?.wholeRoom, true);
    assert.notEqual(pseudonyms.of("douyu", "12345"), name);
    archive.close();
  });

  it("is gone with its author, or with the event, also where it waits for its room's delay", async () => {
    let delayed = [comment("a"), comment("b", { author: { id: "54321" } }), comment("c", { author: {} })];
    const withdraw = (isMeant: (one: Comment) => boolean) => {
      const before = delayed;
      delayed = delayed.filter((one) => !isMeant(one));
      return () => {
        delayed = before;
      };
    };
    const ids = () => delayed.map(({ id }) => id).join("");
    const log = pino({ level: "silent" });
    const behind = new Pipeline(archive, pseudonyms, judge, hub, log, undefined, withdraw);
    const forgotten = behind.forget(pseudonyms.of("douyu", "12345"));
    assert.equal(ids(), "bc");
    behind.restore(forgotten);
    assert.equal(ids(), "abc");
    await behind.endEvent();
    assert.equal(ids(), "");
    archive.close();
  });

  it("is told all the same when it cannot be kept", () => {
    pipeline.push(comment("a"));
    pipeline.flush();
    archive.close();
    pipeline.push(comment("b"));
    pipeline.push(comment("c"));
    pipeline.flush();
    assert.deepEqual(told(), ["a 1", "b 2", "c 3"]);
    assert.equal(pipeline.failure, "ARCHIVE_FAILED");
  });

  it("is not kept where the setting says so", () => {
    pipeline.keepFor(0);
    pipeline.push(comment("a"));
    pipeline.flush();
    assert.deepEqual(told(), ["a 1"]);
    assert.deepEqual(archive.since("douyu", "1", 0), []);
    archive.close();
  });

  it("lets what waits for approval through once, and keeps it to itself before", () => {
    pipeline.push(comment("a"), true);
    pipeline.push(comment("b"), true);
    pipeline.push(comment("gift", { kind: Kind.GIFT, gift: { name: "辣条", count: 1 } }), true);
    pipeline.flush();
    assert.deepEqual(told(), ["gift 1"]);
    assert.equal([...archive.all("douyu", "1")].length, 1);
    assert.deepEqual(
      pipeline.held.all.map(({ id, verdict }) => [id, verdict?.action]),
      [
        ["a", Action.HOLD],
        ["b", Action.HOLD],
      ],
    );
    assert(pipeline.judge("douyu:1:a", true));
    assert(!pipeline.judge("douyu:1:a", true));
    assert(pipeline.judge("douyu:1:b", false));
    pipeline.flush();
    assert.deepEqual(told(), ["gift 1", "a 2"]);
    assert.deepEqual(hub.told.at(-1)?.comment.verdict, {
      action: Action.SHOW,
      revision: 2,
      reasons: ["approved"],
    });
  });

  it("forgets what waits, and what is pinned, with its author", async () => {
    pipeline.push(comment("a"), true);
    pipeline.push(comment("b", { kind: Kind.SUPER_CHAT, durationS: 60 }));
    pipeline.flush();
    const again = new Pipeline(archive, pseudonyms, judge, hub, pino({ level: "silent" }));
    again.resume();
    assert.deepEqual([again.pinned.all.length, pipeline.pinned.all.length], [1, 1], "also after a restart");
    pipeline.forget(pipeline.held.all[0]?.author?.id ?? "");
    assert.deepEqual([pipeline.held.all, pipeline.pinned.all], [[], []]);
  });
});
