import assert from "node:assert/strict";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { keyOf } from "../../src/comments/held.ts";
import { Safety } from "../../src/comments/safety.ts";

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "venue",
  room: "hall",
  kind: Kind.CHAT,
  timeMs: 0,
  receivedMs: 0,
  ...more,
});
const repeat = (id: string, foldedInto: string) =>
  comment(id, { verdict: { action: Action.FOLD, revision: 1, reasons: ["repeat"], foldedInto, count: 2 } });

describe("the safety delay", () => {
  let nowMs = 0;
  let flown: string[] = [];
  let safety: Safety;
  beforeEach(() => {
    nowMs = 0;
    flown = [];
    safety = new Safety(
      ({ id }) => flown.push(id),
      () => {},
      () => nowMs,
    );
    safety.delayMs = 5_000;
  });
  afterEach(() => safety.close());
  const at = (ms: number) => {
    nowMs = ms;
    safety.giveDue();
    return flown.join("");
  };

  it("lets a comment fly when its time has come, not before, and tells what is left of it", () => {
    safety.push(comment("a"));
    nowMs = 2_000;
    safety.push(comment("b"));
    assert.deepEqual(
      safety.coming(10).map(({ comment, leftMs }) => [comment.id, leftMs]),
      [
        ["a", 3_000],
        ["b", 5_000],
      ],
    );
    assert.deepEqual([at(4_999), at(5_000), at(7_000)], ["", "a", "ab"]);
  });

  it("is over for what comes after it was switched off, which overtakes nobody", () => {
    safety.push(comment("a"));
    safety.delayMs = 0;
    safety.push(comment("b"));
    assert.equal(at(4_999), "");
    assert.equal(at(5_000), "ab");
    safety.push(comment("c"));
    assert.equal(flown.join(""), "abc");
  });

  it("drops with a comment what only counts it", () => {
    for (const one of [comment("a"), repeat("b", "a"), comment("c"), repeat("d", "c")]) safety.push(one);
    assert.equal(safety.release(keyOf(comment("a")))?.id, "a");
    assert.equal(safety.release(keyOf(comment("a"))), undefined);
    assert.equal(at(5_000), "cd");
  });

  it("lets nothing fly early where too much waits: the oldest that nobody paid for goes", () => {
    safety.push(comment("paid", { kind: Kind.SUPER_CHAT }));
    for (let id = 0; id < 20_005; id++) safety.push(comment(String(id)));
    assert.deepEqual([safety.all.length, safety.dropped, flown.length], [20_000, 6, 0]);
    assert.deepEqual(
      safety.all.slice(0, 2).map(({ id }) => id),
      ["paid", "6"],
    );
  });
});
