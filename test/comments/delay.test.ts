import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Comment, Kind } from "../../src/comments/comment.ts";
import { Delay } from "../../src/comments/delay.ts";

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: 1,
  author: { id: `author of ${id}` },
  ...more,
});
const retraction = (id: string, what: object) =>
  comment(id, { kind: Kind.RETRACT, retraction: { source: 0, ...what } });

describe("a room's delay", () => {
  let given: string[];
  let held: Delay;
  const begin = (delayMs: number) => {
    given = [];
    held = new Delay(delayMs, ({ id }) => given.push(id));
  };
  afterEach(() => held.close());

  it("holds comments back, and keeps their order", async () => {
    begin(60);
    held.push(comment("a"));
    held.push(comment("b"));
    await delay(20);
    assert.deepEqual(given, []);
    held.push(comment("c"));
    while (given.length < 2) await delay(5);
    assert.deepEqual(given, ["a", "b"]);
    while (given.length < 3) await delay(5);
    assert.deepEqual(given, ["a", "b", "c"]);
  });

  it("does not show what was taken back while it waited, and tells of it at once", async () => {
    begin(30);
    for (const id of ["a", "b", "c"]) held.push(comment(id));
    held.push(retraction("r1", { commentIds: ["a"] }));
    held.push(retraction("r2", { authorId: "author of b" }));
    assert.deepEqual(given, ["r1", "r2"]);
    while (given.length < 3) await delay(5);
    assert.deepEqual(given, ["r1", "r2", "c"]);
    held.push(comment("d"));
    held.push(retraction("r3", { wholeRoom: true }));
    await delay(60);
    assert.deepEqual(given, ["r1", "r2", "c", "r3"]);
  });

  it("lets go of what is meant, and gives it back in its place", async () => {
    begin(40);
    for (const id of ["a", "b", "c"]) held.push(comment(id));
    held.withdraw(({ id }) => id === "a");
    const put = held.withdraw(({ author }) => author?.id === "author of b");
    held.push(comment("d"));
    put();
    while (given.length < 3) await delay(5);
    assert.deepEqual(given, ["b", "c", "d"]);
    held.push(comment("e"));
    const putLate = held.withdraw(() => true);
    await delay(60);
    assert.deepEqual(given, ["b", "c", "d"]);
    putLate();
    assert.deepEqual(given, ["b", "c", "d", "e"]);
  });

  it("is none by default, and gives up what waits when the room goes", async () => {
    begin(0);
    held.push(comment("a"));
    assert.deepEqual(given, ["a"]);
    begin(10);
    held.push(comment("b"));
    held.close();
    await delay(30);
    assert.deepEqual(given, []);
  });
});
