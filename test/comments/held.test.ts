import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Comment, Kind, RetractionSource } from "../../src/comments/comment.ts";
import { Held, keyOf } from "../../src/comments/held.ts";
import { endMs, Pinned } from "../../src/comments/pinned.ts";

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "venue",
  room: "hall",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: 1_000,
  text: id,
  author: { id: `author of ${id}` },
  ...more,
});
const retraction = (what: object, room = "hall") =>
  comment("r", {
    kind: Kind.RETRACT,
    room,
    retraction: { source: RetractionSource.PLATFORM, ...what },
  });

describe("what waits for the operator", () => {
  let changes = 0;
  let held: Held;
  beforeEach(() => {
    changes = 0;
    held = new Held(() => changes++);
  });
  const ids = () => held.all.map(({ id }) => id);

  it("is given once", () => {
    held.push(comment("a"));
    held.push(comment("b"));
    assert.deepEqual(ids(), ["a", "b"]);
    assert.equal(held.release("venue:hall:a")?.id, "a");
    assert.equal(held.release("venue:hall:a"), undefined);
    assert.deepEqual(ids(), ["b"]);
    assert.equal(changes, 3);
  });

  it("goes when it is taken back: by id, by author, with the whole room", () => {
    for (const id of ["a", "b", "c", "d"]) held.push(comment(id));
    held.push(retraction({ commentIds: ["a"] }));
    held.push(retraction({ authorId: "author of b" }));
    held.push(retraction({ wholeRoom: true }, "elsewhere"));
    assert.deepEqual(ids(), ["c", "d"]);
    held.push(retraction({ wholeRoom: true }));
    assert.deepEqual(ids(), []);
  });

  it("is never more than 200, and not for ever", async () => {
    for (let id = 0; id < 250; id++) held.push(comment(String(id)));
    assert.equal(ids().length, 200);
    assert.equal(ids()[0], "50");
    const short = new Held(() => {}, 5);
    short.push(comment("a"));
    await delay(20);
    assert.deepEqual(short.all, []);
  });
});

describe("pinned super chats", () => {
  const paid = (id: string, yuan: number, more: Partial<Comment> = {}) =>
    comment(id, { kind: Kind.SUPER_CHAT, price: { milli: yuan * 1_000, currency: "CNY" }, ...more });
  let nowMs = 1_000;
  let pinned: Pinned;
  beforeEach(() => {
    nowMs = 1_000;
    pinned = new Pinned(
      () => {},
      () => nowMs,
    );
  });
  const ids = () => pinned.all.map(({ id }) => id);

  it("stand for their time", () => {
    assert.equal(endMs(paid("a", 30)), 61_000);
    assert.equal(endMs(paid("a", 100)), 301_000);
    assert.equal(endMs(paid("a", 30, { durationS: 10 })), 11_000);
    assert.equal(endMs(paid("a", 30, { durationS: 0xffff_ffff })), 7_201_000, "never longer than two hours");
    pinned.take(paid("a", 30));
    pinned.take(paid("b", 50));
    pinned.take(comment("chat"));
    assert.deepEqual(ids(), ["a", "b"]);
    nowMs = 61_000;
    assert.deepEqual(ids(), ["b"]);
  });

  it("go when they are taken back, and are never more than 64", () => {
    pinned.take(paid("a", 30));
    pinned.take(retraction({ commentIds: ["a"] }));
    assert.deepEqual(ids(), []);
    for (let id = 0; id < 100; id++) pinned.take(paid(String(id), 30));
    assert.equal(ids().length, 64);
    assert.equal(keyOf(pinned.all[0]!), "venue:hall:36");
  });
});
