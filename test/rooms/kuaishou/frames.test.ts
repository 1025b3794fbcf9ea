import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Comment, Kind } from "../../../src/comments/comment.ts";
import {
  encodePayload,
  FrameError,
  formatFrame,
  long,
  Payload,
  readFrame,
} from "../../../src/rooms/kuaishou/frames.ts";
import { Combos, displayCount, feedComments, watching } from "../../../src/rooms/kuaishou/messages.ts";
import { bytesOf, readVectors, type Vector } from "../../vectors.ts";

let serial = 0;
const context = () => ({
  platform: "kuaishou",
  room: "me",
  receivedMs: 1_800_000_000_000,
  gifts: new Map([["113", "棒棒糖"]]),
  combos: new Combos(),
  nextId: () => `next-${++serial}`,
});

const kinds: Record<string, Kind> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  like: Kind.LIKE,
  stats: Kind.ROOM_STATE,
};

function checkComment(comment: Comment | undefined, expected: Vector) {
  assert(comment);
  const pairs: [unknown, unknown][] = [
    [comment.kind, kinds[expected.kind]],
    [comment.id, expected.kind === "chat" ? expected.id : undefined],
    [comment.author?.id, expected.userId],
    [comment.author?.name, expected.userName],
    [comment.text, expected.text],
    [comment.timeMs, expected.timestampMs],
    [comment.gift?.count, expected.kind === "gift" ? expected.count : undefined],
    [comment.roomState?.online, expected.watchingText && displayCount(expected.watchingText)],
  ];
  for (const [actual, wanted] of pairs) if (wanted !== undefined) assert.equal(actual, wanted);
}

describe("kuaishou frames", () => {
  const { vectors, displayCounts } = readVectors("kuaishou-frames");

  for (const vector of vectors) {
    it(vector.id, () => {
      const { expect } = vector;
      if (vector.malformed) {
        try {
          const { payload } = readFrame(bytesOf(vector));
          assert(expect.either);
          const [comment] = feedComments(payload, context());
          assert.equal(comment?.text, expect.either[1].events[0].text);
        } catch (error) {
          assert(error instanceof FrameError, String(error));
          assert.equal(error.problem, expect.error);
        }
        return;
      }
      const { payloadType, payload } = readFrame(bytesOf(vector));
      assert.equal(payloadType, expect.payloadType);
      if (expect.unknown || !payload) return;
      if (expect.payload?.token) {
        assert.equal(payload.token, expect.payload.token);
        assert.equal(payload.liveStreamId, expect.payload.liveStreamId);
        const { expTag, attach } = payload;
        const sent = { ...expect.payload, ...(expTag && { expTag, attach }) };
        const compression = expect.compressionType === 1 ? 1 : undefined;
        const ours = formatFrame(payloadType, encodePayload(payloadType, sent), compression);
        assert.deepEqual(readFrame(ours), readFrame(bytesOf(vector)));
      }
      for (const event of expect.events ?? []) {
        if (event.kind === "entered" && !event.defaulted) {
          assert.equal(long(payload.heartbeatIntervalMs), event.heartbeatIntervalMs);
        } else if (event.kind === "serverError") {
          assert.deepEqual([payload.code, payload.message], [event.code, event.message]);
        } else if (event.kind === "watchingList") {
          checkComment(watching(payload.watchingCount, context()), { ...event, kind: "stats" });
        }
      }
      if (payloadType === Payload.FEED_PUSH) {
        const comments = feedComments(payload, context());
        assert.equal(comments.length, expect.events.length);
        for (const [index, event] of expect.events.entries()) checkComment(comments[index], event);
      }
    });
  }

  it("reads a gzipped push of all kinds", () => {
    const user = { id: "3xa", name: "甲" };
    const push = {
      watchingCount: "1.2万",
      comments: [
        {
          id: "c1",
          user,
          content: "你好",
          colour: "#FF0000",
          state: { assistantType: 1, nameplate: { name: "牌" } },
        },
        { id: "c2", user, content: "看不见", showType: 2 },
      ],
      gifts: [{ id: "g1", user, giftId: 113, mergeKey: "k", batchSize: 5, comboCount: 1 }],
      likes: [{ id: "l1", user }],
      notices: [{ id: "n1", user, content: "公告" }],
      shares: [{ id: "s1", user }],
    };
    const bytes = formatFrame(Payload.FEED_PUSH, gzipSync(encodePayload(Payload.FEED_PUSH, push)), 2);
    const comments = feedComments(readFrame(bytes).payload, context());
    assert.deepEqual(
      comments.map(({ kind, text, gift, colour }) => [kind, text ?? gift?.name, colour]),
      [
        [Kind.CHAT, "你好", 0xff0000],
        [Kind.GIFT, "棒棒糖", undefined],
        [Kind.LIKE, undefined, undefined],
        [Kind.NOTICE, "公告", undefined],
        [Kind.NOTICE, "分享了直播间", undefined],
        [Kind.ROOM_STATE, undefined, undefined],
      ],
    );
    assert.equal(comments[0]?.author?.moderator, true);
    assert.equal(comments[1]?.gift?.count, 5);
  });

  it("counts a combo's gifts once", () => {
    const combos = new Combos();
    const counts = [
      combos.added("k", 1, 1, 0),
      combos.added("k", 4, 1, 1_000),
      combos.added("k", 4, 1, 2_000),
      combos.added("other", 3, 1, 2_000),
      combos.added("k", 1, 10, 400_000),
    ];
    assert.deepEqual(counts, [1, 3, 0, 3, 10]);
  });

  for (const [text, count] of displayCounts) {
    it(`reads "${text}" as ${count}`, () => assert.equal(displayCount(text), count ?? undefined));
  }

  it("says when a message is encrypted, and does not inflate without bound", () => {
    const problem = (bytes: Buffer) => {
      try {
        readFrame(bytes);
        return "";
      } catch (error) {
        return error instanceof FrameError ? error.problem : String(error);
      }
    };
    assert.equal(problem(Buffer.from("08b60210031a0400010203", "hex")), "encrypted");
    const bomb = formatFrame(Payload.FEED_PUSH, gzipSync(Buffer.alloc(64 << 20)), 2);
    assert.equal(problem(bomb), "decompress");
  });

  it("takes any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          const { payloadType, payload } = readFrame(bytes);
          if (payload && payloadType === Payload.FEED_PUSH) feedComments(payload, context());
        } catch (error) {
          assert(error instanceof FrameError, String(error));
        }
      }),
    );
  });
});
