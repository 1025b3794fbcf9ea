import assert from "node:assert/strict";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { CommentHub } from "../../src/comments/hub.ts";
import { decodeMessage, lookupType } from "../../src/rpc/proto.ts";

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

async function take(hub: CommentHub, backlog: number, count: number, act = () => {}): Promise<string[]> {
  const stop = new AbortController();
  const ids: string[] = [];
  const reading = (async () => {
    for await (const bytes of hub.subscribe(backlog, stop.signal)) {
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
    for (let i = 0; i < 300; i++) hub.publish(comment(`old ${i}`));
    const all = Promise.all([take(hub, 0, 2), take(hub, 2, 4)]);
    hub.publish(comment("a"));
    hub.publish(comment("dropped", { verdict: { action: Action.DROP, revision: 1, reasons: [] } }));
    hub.publish(comment("b"));
    assert.deepEqual(await all, [
      ["a", "b"],
      ["old 298", "old 299", "a", "b"],
    ]);
  });

  it("tells nobody later what was taken back", async () => {
    const hub = new CommentHub();
    for (const id of ["a", "b", "c"]) hub.publish(comment(id));
    hub.publish(comment("r1", { kind: Kind.RETRACT, retraction: { source: 0, commentIds: ["a"] } }));
    hub.publish(comment("r2", { kind: Kind.RETRACT, retraction: { source: 0, authorId: "author b" } }));
    hub.publish(comment("r3", { kind: Kind.RETRACT, room: "2", retraction: { source: 0, wholeRoom: true } }));
    assert.deepEqual(await take(hub, 10, 1), ["c"]);
  });

  it("drops the oldest for a subscriber that does not read", async () => {
    const hub = new CommentHub();
    const ids = await take(hub, 0, 1_000, () => {
      for (let i = 0; i < 1_500; i++) hub.publish(comment(String(i)));
    });
    assert.equal(ids.at(-1), "1499");
  });
});
