import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { CleanText } from "../../src/clean/clean-text.ts";
import { type CleanSettings, Judge } from "../../src/clean/judge.ts";
import { Scanner, shippedLists } from "../../src/clean/scanner.ts";
import { Archive, type Kept } from "../../src/comments/archive.ts";
import { Authors, Standing } from "../../src/comments/authors.ts";
import { Action, type Comment, Kind, RetractionSource } from "../../src/comments/comment.ts";
import { DecisionLog } from "../../src/comments/decision-log.ts";
import { keyOf } from "../../src/comments/held.ts";
import { CommentHub } from "../../src/comments/hub.ts";
import { Moderation } from "../../src/comments/moderation.ts";
import { Pipeline } from "../../src/comments/pipeline.ts";
import { Pseudonyms } from "../../src/comments/pseudonyms.ts";

const settings: CleanSettings = { profile: "bar", strength: 2, words: "@ads 2\n卖瓜", foldS: 0 };
const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: Date.now(),
  text: `第${id}句`,
  author: { id: "12345", name: "甲" },
  ...more,
});
const recall = (...commentIds: string[]) =>
  comment(`recall ${commentIds}`, {
    kind: Kind.RETRACT,
    author: {},
    retraction: { source: RetractionSource.PLATFORM, commentIds },
  });

/** A judge whose engine can be taken away, as a file that vanished takes it. */
class Frail extends Judge {
  broken = false;
  override judge(one: Comment): Comment {
    if (this.broken) throw new Error("the automaton is gone");
    return super.judge(one);
  }
  override nameOf(raw: string): CleanText {
    if (this.broken) throw new Error("the automaton is gone");
    return super.nameOf(raw);
  }
}

class Listening extends CommentHub {
  readonly told: Comment[] = [];
  override publish(kept: Kept): void {
    this.told.push(kept.comment);
    super.publish(kept);
  }
}

describe("moderation", () => {
  let folder = "";
  let nowMs = 0;
  let archive: Archive;
  let hub: Listening;
  let judge: Frail;
  let authors: Authors;
  let pipeline: Pipeline;
  let moderation: Moderation;
  const limits = { authorPer10s: 0, slowS: 0, safetyS: 0, engineFailed: "hold" } as const;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-moderation-"));
    nowMs = 1_000;
    archive = Archive.open(folder);
    hub = new Listening();
    judge = new Frail(Scanner.open(folder, shippedLists()), settings);
    authors = Authors.open(folder, () => nowMs);
    const log = pino({ level: "silent" });
    pipeline = new Pipeline(archive, await Pseudonyms.open(folder), judge, hub, log, authors);
    pipeline.keepFor(24);
    moderation = new Moderation(pipeline, authors, new DecisionLog(folder), log, () => nowMs);
  });
  afterEach(async () => {
    await authors.written();
    archive.close();
    await rm(folder, { recursive: true });
  });
  const push = (...all: Comment[]) => {
    for (const one of all) pipeline.push(one);
    pipeline.flush();
  };
  const told = () => hub.told.map(({ id }) => id);
  const heldIds = () => pipeline.held.all.map(({ id }) => id);
  const keptIds = () => archive.since("douyu", "1", 0).length;
  const undoIdOf = (outcome: object) => {
    assert("undoId" in outcome, JSON.stringify(outcome));
    return String(outcome.undoId);
  };

  describe("of what comes while all is covered", () => {
    it("holds what is said and paid for, and lets the rest go", () => {
      pipeline.setPanic(true);
      push(
        comment("a"),
        comment("gift", { kind: Kind.GIFT, gift: { name: "花" }, price: { milli: 1_000, currency: "CNY" } }),
        comment("enter", { kind: Kind.ENTER }),
        comment("state", { kind: Kind.ROOM_STATE, roomState: { title: "晚会" } }),
        recall("x"),
      );
      assert.deepEqual(told(), ["state", "recall x"]);
      assert.deepEqual(heldIds(), ["a", "gift"]);
      assert.deepEqual(pipeline.held.all[0]?.verdict?.reasons, ["panic"]);
      pipeline.setPanic(false);
      push(comment("b"));
      assert.equal(told().at(-1), "b");
      assert.deepEqual(heldIds(), ["a", "gift"], "the operator decides on what came meanwhile");
    });

    it("shows no card from before it, not after a restart either", () => {
      const paid = (id: string, receivedMs: number) =>
        comment(id, { kind: Kind.SUPER_CHAT, receivedMs, price: { milli: 50_000, currency: "CNY" } });
      const sinceMs = Date.now() - 1_000;
      push(paid("before", sinceMs - 1), paid("after", sinceMs));
      assert.equal(pipeline.pinned.all.length, 2);
      pipeline.setPanic(true);
      assert.deepEqual(pipeline.pinned.all, []);
      pipeline.resume(sinceMs);
      assert.deepEqual(
        pipeline.pinned.all.map(({ id }) => id),
        ["after"],
      );
    });
  });

  describe("by a safety delay", () => {
    beforeEach(() => pipeline.moderate({ ...limits, safetyS: 10 }));

    it("lets a comment be dropped before it flies, with what repeats it, and lets the rest fly", () => {
      push(comment("a"), comment("b"));
      assert.deepEqual(told(), []);
      const key = keyOf(comment("a"));
      assert(pipeline.safety.coming(10).every(({ leftMs }) => leftMs > 9_000));
      undoIdOf(moderation.decide("drop", { key }, "me"));
      assert.deepEqual(
        pipeline.safety.all.map(({ id }) => id),
        ["b"],
      );
      pipeline.setPanic(true);
      assert.deepEqual([heldIds(), pipeline.safety.all], [["b"], []], "covered: nothing flies by itself");
    });

    it("lets nothing fly that its platform took back meanwhile", () => {
      push(comment("a"), comment("b"), recall("a"));
      assert.deepEqual(
        pipeline.safety.all.map(({ id }) => id),
        ["b"],
      );
    });
  });

  describe("of authors", () => {
    it("lets nobody talk too fast, but what was paid for and the room's own people", () => {
      pipeline.moderate({ ...limits, authorPer10s: 3 });
      for (let id = 0; id < 6; id++) push(comment(String(id)));
      push(
        comment("paid", { price: { milli: 1_000, currency: "CNY" } }),
        comment("super", { kind: Kind.SUPER_CHAT }),
        comment("own", { author: { id: "12345", moderator: true } }),
        comment("other", { author: { id: "54321" } }),
        comment("masked", { author: { id: "12345", masked: true } }),
      );
      assert.deepEqual(told(), ["0", "1", "2", "paid", "super", "own", "other", "masked"]);
      assert.equal(authors.limited, 3);
      nowMs += 10_000;
      push(comment("later"));
      assert.equal(told().at(-1), "later");
    });

    it("is slow where that is set", () => {
      pipeline.moderate({ ...limits, slowS: 30 });
      push(comment("a"), comment("b"));
      nowMs += 29_999;
      push(comment("c"));
      nowMs += 1;
      push(comment("d"));
      assert.deepEqual(told(), ["a", "d"]);
    });

    it("drops what a blocked one says and said, over a restart, until the event ends", async () => {
      push(comment("a"), comment("other", { author: { id: "54321" } }));
      const authorId = hub.told[0]?.author?.id ?? "";
      undoIdOf(moderation.decide("block", { authorId }, "me"));
      push(comment("b"));
      assert.deepEqual(told().slice(0, 2), ["a", "other"]);
      assert.equal(hub.told.at(-1)?.retraction?.authorId, authorId);
      assert.equal(pipeline.refused, 1);
      await authors.written();
      assert.equal(Authors.open(folder).of(authorId), Standing.BLOCKED);
      await pipeline.endEvent();
      await authors.written();
      assert.deepEqual(Authors.open(folder).all, []);
      assert.equal(await readFile(join(folder, "authors.json"), "utf8"), "[]\n");
    });

    it("lets a trusted one talk fast and without approval, but not say what is unfit", () => {
      pipeline.moderate({ ...limits, authorPer10s: 1 });
      push(comment("a"));
      undoIdOf(moderation.decide("trust", { authorId: hub.told[0]?.author?.id }, "me"));
      for (const id of ["b", "c"]) pipeline.push(comment(id), true);
      push(comment("d", { text: "卖瓜卖瓜" }), comment("e", { text: "约炮约炮约炮" }));
      assert.deepEqual(told(), ["a", "b", "c"]);
      assert.deepEqual(heldIds(), ["d"], "a trusted account may have been stolen");
    });

    it("survives a list that cannot be read", async () => {
      const file = join(folder, "authors.json");
      authors.mark("someone", Standing.BLOCKED);
      await authors.written();
      await rm(file);
      assert.deepEqual(Authors.open(folder).all, []);
    });
  });

  describe("for ten seconds", () => {
    it("undoes a drop", () => {
      push(comment("a", { text: "卖瓜" }));
      const undoId = undoIdOf(moderation.decide("drop", { key: keyOf(comment("a")) }, "me"));
      assert.deepEqual(heldIds(), []);
      assert(moderation.undo(undoId, "me"));
      assert.deepEqual(heldIds(), ["a"]);
      assert(!moderation.undo(undoId, "me"), "once");
    });

    it("undoes a show: it is off the stage, and may be shown again", () => {
      push(comment("a", { text: "卖瓜" }));
      const undoId = undoIdOf(moderation.decide("show", { key: keyOf(comment("a")) }, "me"));
      pipeline.flush();
      assert.deepEqual([told(), keptIds()], [["a"], 1]);
      assert(moderation.undo(undoId, "me"));
      assert.deepEqual(hub.told.at(-1)?.retraction?.commentIds, ["a"]);
      const [again] = pipeline.held.all;
      assert(again && again.id !== "a");
      undoIdOf(moderation.decide("show", { key: keyOf(again) }, "me"));
      pipeline.flush();
      assert.equal(hub.told.at(-1)?.id, again.id);
      push(recall("a"));
      assert.deepEqual(
        hub.told.at(-1)?.retraction?.commentIds,
        ["a", again.id],
        "its platform knows the first id",
      );
    });

    it("undoes a block and what it took back, which does not fly again", () => {
      push(comment("a"), comment("b", { text: "卖瓜" }));
      const undoId = undoIdOf(moderation.decide("block", { key: keyOf(comment("b")) }, "me"));
      assert.deepEqual(heldIds(), []);
      const kept = () => [...archive.all("douyu", "1")].length;
      assert.equal(kept(), 1, "the retraction alone");
      nowMs += 9_999;
      assert(moderation.undo(undoId, "me"));
      assert.equal(kept(), 2);
      assert.deepEqual(heldIds(), ["b"]);
      assert.deepEqual(hub.told.at(-1)?.verdict?.reasons, ["restored"]);
      push(comment("c"));
      assert.equal(told().at(-1), "c");
    });

    it("undoes nothing afterwards, and nothing that its platform took back", () => {
      push(comment("a", { text: "卖瓜" }), comment("b", { text: "卖瓜 卖瓜" }));
      const first = undoIdOf(moderation.decide("drop", { key: keyOf(comment("a")) }, "me"));
      push(recall("a"));
      assert(moderation.undo(first, "me"));
      assert.deepEqual(heldIds(), ["b"]);
      const second = undoIdOf(moderation.decide("drop", { key: keyOf(comment("b")) }, "me"));
      nowMs += 10_000;
      assert(!moderation.undo(second, "me"));
      assert.deepEqual(moderation.undoable, []);
    });
  });

  it("is one moderator's at a time", () => {
    push(comment("a", { text: "卖瓜" }));
    const key = keyOf(comment("a"));
    assert.equal(moderation.claim(key, "one"), "one");
    assert.equal(moderation.claim(key, "two"), "one");
    assert.deepEqual(moderation.decide("drop", { key }, "two"), { failure: "HELD_CLAIMED" });
    assert.deepEqual(moderation.claims.all, [{ key, by: "one" }]);
    nowMs += 15_000;
    undoIdOf(moderation.decide("drop", { key }, "two"));
    assert.deepEqual(moderation.decide("drop", { key }, "two"), { failure: "HELD_NO_MORE" });
  });

  it("is written down, without what was said and who said it, and never without bound", async () => {
    push(comment("a", { text: "卖瓜" }), comment("b"));
    const undoId = undoIdOf(moderation.decide("drop", { key: keyOf(comment("a")) }, "Chrome · Linux #ab12"));
    moderation.undo(undoId, "Firefox · Android #cd34");
    assert.deepEqual(
      moderation.log.map(({ by, decision, key }) => [by, decision, key]),
      [
        ["Firefox · Android #cd34", "undo drop", "douyu:1:a"],
        ["Chrome · Linux #ab12", "drop", "douyu:1:a"],
      ],
    );
    const text = await readFile(join(folder, "decisions.jsonl"), "utf8");
    assert(!text.includes("卖瓜") && !text.includes("甲"));
    const small = new DecisionLog(folder, 1_000);
    for (let at = 0; at < 100; at++) small.add({ timeMs: at, by: "me", decision: "drop", key: `k${at}` });
    const [newest, next] = small.last(2);
    assert.deepEqual([newest?.key, next?.key], ["k99", "k98"]);
    for (const file of ["decisions.jsonl", "decisions.jsonl.old"]) {
      assert((await readFile(join(folder, file))).length < 1_100, file);
    }
  });

  it("never shows a comment whose retraction came first", () => {
    push(recall("a"), comment("a"), comment("b"));
    assert.deepEqual(told(), ["recall a", "b"]);
    push(comment("elsewhere", { id: "a", room: "2" }));
    assert.equal(told().at(-1), "a", "an id is one of its room");
    for (let id = 0; id < 1_100; id++) pipeline.push(recall(`r${id}`));
    push(comment("a"), comment("r50"), comment("r1099"));
    assert.equal(pipeline.refused, 2, "the oldest are forgotten");
  });

  describe("without an engine", () => {
    it("lets nothing pass unjudged, and judges it when the engine is back", () => {
      judge.broken = true;
      push(comment("a"), comment("b", { text: "约炮约炮约炮" }), comment("c"), recall("c"));
      assert.deepEqual(told(), ["recall c"], "retractions go on");
      assert.deepEqual([pipeline.unjudged.waiting, pipeline.unjudged.failures], [2, 3]);
      pipeline.unjudged.retry();
      assert.equal(pipeline.unjudged.waiting, 2);
      judge.broken = false;
      pipeline.unjudged.retry();
      pipeline.flush();
      assert.deepEqual(told(), ["recall c", "a"]);
      assert.equal(hub.told.at(-1)?.verdict?.action, Action.SHOW);
    });

    it("shows no title of a room", () => {
      assert.equal(pipeline.titleOf("今晚卖瓜"), "今晚●●");
      judge.broken = true;
      assert.equal(pipeline.titleOf("今晚唱歌"), "");
    });

    it("drops where that is set, and never keeps more than it can", () => {
      judge.broken = true;
      pipeline.moderate({ ...limits, engineFailed: "drop" });
      push(comment("a"));
      assert.deepEqual([pipeline.unjudged.waiting, pipeline.unjudged.dropped], [0, 1]);
      pipeline.moderate(limits);
      for (let id = 0; id < 1_200; id++) pipeline.push(comment(String(id)));
      assert.deepEqual([pipeline.unjudged.waiting, pipeline.unjudged.dropped], [1_000, 201]);
    });
  });
});
