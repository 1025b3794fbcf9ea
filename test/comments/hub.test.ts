import assert from "node:assert/strict";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { CommentHub, type Earlier } from "../../src/comments/hub.ts";
import { decodeMessage, encodeMessage, lookupType } from "../../src/rpc/proto.ts";

const type = lookupType("feimu.v1.Comment");
const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "bilibili",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: 2,
  text: id,
  author: { id: `author ${id}` },
  verdict: { action: Action.SHOW, revision: 1, reasons: [] },
  ...more,
});

let sequence = 0;
function publish(hub: CommentHub, said: Comment): void {
  const numbered = { ...said, sequence: ++sequence };
  hub.publish({ comment: numbered, bytes: encodeMessage(type, numbered) });
}

async function take(hub: CommentHub, earlier: Earlier, count: number, act = () => {}): Promise<string[]> {
  const stop = new AbortController();
  const ids: string[] = [];
  const reading = (async () => {
    for await (const bytes of hub.subscribe(earlier, stop.signal)) {
      ids.push(decodeMessage(type, bytes).id);
      if (ids.length === count) return;
    }
  })();
  act();
  await reading;
  return ids;
}

describe("the comment hub", () => {
  it("gives each subscriber everything from now on, after the backlog", async () => {
    const hub = new CommentHub();
    for (let i = 0; i < 300; i++) publish(hub, comment(`old ${i}`));
    const all = Promise.all([take(hub, {}, 2), take(hub, { backlog: 2 }, 4)]);
    publish(hub, comment("a"));
    publish(hub, comment("b"));
    assert.deepEqual(await all, [
      ["a", "b"],
      ["old 298", "old 299", "a", "b"],
    ]);
  });

  it("tells nobody later what was taken back", async () => {
    const hub = new CommentHub();
    for (const id of ["a", "b", "c"]) publish(hub, comment(id));
    publish(hub, comment("r1", { kind: Kind.RETRACT, retraction: { source: 0, commentIds: ["a"] } }));
    publish(hub, comment("r2", { kind: Kind.RETRACT, retraction: { source: 0, authorId: "author b" } }));
    publish(
      hub,
      comment("r3", { kind: Kind.RETRACT, room: "2", retraction: { source: 0, wholeRoom: true } }),
    );
    assert.deepEqual(await take(hub, { backlog: 10 }, 1), ["c"]);
  });

  it("gives first what was missed, however much that is", async () => {
    const hub = new CommentHub();
    const missed = Array.from({ length: 3_000 }, (_, index) =>
      encodeMessage(type, comment(`missed ${index}`)),
    );
    const stop = new AbortController();
    const ids: string[] = [];
    for await (const bytes of hub.subscribe({ missed }, stop.signal)) {
      ids.push(decodeMessage(type, bytes).id);
      if (ids.length === 1) publish(hub, comment("new"));
      if (ids.length === 3_001) stop.abort();
    }
    assert.deepEqual([ids[0], ids[2_999], ids[3_000]], ["missed 0", "missed 2999", "new"]);
  });

  it("gives what was told in the last five seconds, and what took it back, but nothing from before a panic", async () => {
    let nowMs = 0;
    const hub = new CommentHub(() => nowMs);
    const retraction = (id: string, commentIds: string[]) =>
      comment(id, { kind: Kind.RETRACT, retraction: { source: 0, commentIds } });
    publish(hub, comment("old"));
    nowMs = 1_000;
    for (const id of ["a", "b"]) publish(hub, comment(id));
    publish(hub, retraction("r", ["old", "a"]));
    publish(hub, comment("a", { room: "2" }));
    nowMs = 6_000;
    assert.deepEqual(await take(hub, { recent: true }, 3), ["b", "r", "a"]);
    nowMs = 6_001;
    assert.deepEqual(await take(hub, { recent: true }, 1, () => publish(hub, comment("c"))), ["c"]);
    hub.forgetRecent();
    assert.deepEqual(await take(hub, { recent: true }, 1, () => publish(hub, comment("d"))), ["d"]);
    assert.deepEqual(await take(hub, { backlog: 3 }, 3), ["a", "c", "d"]);
  });

  it("drops the oldest for a subscriber that does not read", async () => {
    const hub = new CommentHub();
    const ids = await take(hub, {}, 1_000, () => {
      for (let i = 0; i < 1_500; i++) publish(hub, comment(String(i)));
    });
    assert.equal(ids.at(-1), "1499");
  });
});
