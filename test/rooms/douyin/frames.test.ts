import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Comment, Kind } from "../../../src/comments/comment.ts";
import { formatAck, HEARTBEAT, readPush } from "../../../src/rooms/douyin/frames.ts";
import { commentOf } from "../../../src/rooms/douyin/messages.ts";
import { MessageError } from "../../../src/rooms/message.ts";
import { bytesOf, readVectors, type Vector } from "../../vectors.ts";

let serial = 0;
const context = {
  platform: "douyin",
  room: "1",
  receivedMs: 1_800_000_000_000,
  nextId: () => `next-${++serial}`,
};
const read = (bytes: Buffer) =>
  (readPush(bytes)?.messages ?? [])
    .map(({ method, payload, id }) => commentOf(method, payload, id, context))
    .filter((comment) => comment !== undefined);

const kinds: Record<string, Kind> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  like: Kind.LIKE,
  enter: Kind.ENTER,
  follow: Kind.NOTICE,
  control: Kind.ROOM_STATE,
};

function checkComment(comment: Comment | undefined, expected: Vector) {
  assert(comment);
  const pairs: [unknown, unknown][] = [
    [comment.kind, kinds[expected.kind]],
    [comment.author?.id, expected.userId],
    [comment.author?.name, expected.userName],
    [comment.text, expected.text],
    [comment.gift?.id, expected.giftId],
    [comment.gift?.name, expected.giftName],
    [comment.gift?.count, expected.repeatCount],
    [comment.roomState?.live, expected.liveEnd ? false : undefined],
  ];
  for (const [actual, wanted] of pairs) if (wanted !== undefined) assert.equal(actual, wanted);
}

describe("douyin frames", () => {
  for (const vector of readVectors("douyin-frames").vectors) {
    it(vector.id, () => {
      const bytes = bytesOf(vector);
      const { expect } = vector;
      if (expect.payloadType === "ack") {
        assert.deepEqual(formatAck(expect.logId, expect.payloadText), bytes);
        return;
      }
      if (vector.direction === "c2s") {
        assert.deepEqual(HEARTBEAT, bytes);
        return;
      }
      const push = readPush(bytes);
      assert.equal(push !== undefined, expect.payloadType === "msg");
      assert.equal(push?.ack !== undefined, expect.needAck ?? false);
      if (expect.ack) assert.deepEqual(push?.ack, formatAck(expect.logId, expect.ack));
      // A combo that goes on is not counted yet.
      const told = expect.events.filter(
        ({ kind, repeatEnd }: Vector) => kind !== "unknown" && !(kind === "gift" && repeatEnd === 0),
      );
      const comments = read(bytes).filter(
        ({ kind }) => kind !== Kind.GIFT || told.some((event: Vector) => event.kind === "gift"),
      );
      assert.equal(comments.length, told.length);
      for (const [index, event] of told.entries()) checkComment(comments[index], event);
    });
  }

  it("does not inflate without bound", () => {
    const header = Buffer.from("2a150a0d636f6d70726573735f747970651204677a69703a036d7367", "hex");
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    const length = Buffer.from([
      0x42,
      (bomb.length & 0x7f) | 0x80,
      ((bomb.length >> 7) & 0x7f) | 0x80,
      bomb.length >> 14,
    ]);
    assert.throws(() => readPush(Buffer.concat([header, length, bomb])), /decompress/);
  });

  it("takes any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          read(Buffer.from(bytes));
        } catch (error) {
          assert(error instanceof MessageError, String(error));
        }
      }),
    );
  });
});
