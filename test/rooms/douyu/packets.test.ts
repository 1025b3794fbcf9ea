import assert from "node:assert/strict";
import fc from "fast-check";
import { type Comment, Kind } from "../../../src/comments/comment.ts";
import { readMessage } from "../../../src/rooms/douyu/messages.ts";
import { FROM_SERVER, formatPacket, PacketReader, TO_SERVER } from "../../../src/rooms/douyu/packets.ts";
import { formatStt, parseStt } from "../../../src/rooms/douyu/stt.ts";
import { bytesOf, cut, readVectors, type Vector } from "../../vectors.ts";

const ROOM = "7777777";
let serial = 0;
const context = {
  platform: "douyu",
  room: ROOM,
  receivedMs: 1_800_000_000_000,
  gifts: new Map([["1", { name: "飞机", priceMilli: 100_000 }]]),
  nextId: () => `next-${++serial}`,
};
const commentOf = (text: string) => readMessage(Buffer.from(text)).comment(context);

class Reading {
  readonly texts: string[] = [];
  readonly problems: string[] = [];
  readonly reader = new PacketReader(
    (text) => this.texts.push(text.toString("utf8")),
    (problem) => this.problems.push(problem),
  );

  get maps(): object[] {
    return this.texts.map((text) => Object.fromEntries(parseStt(text)));
  }
}

const kinds: Record<string, Kind> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  superChat: Kind.SUPER_CHAT,
  membership: Kind.GUARD,
  noble: Kind.GUARD,
  liveStart: Kind.ROOM_STATE,
  liveEnd: Kind.ROOM_STATE,
  loopStart: Kind.ROOM_STATE,
  badgeUp: Kind.NOTICE,
  userBlocked: Kind.RETRACT,
};

function checkComment(comment: Comment | undefined, expected: Vector) {
  assert(comment);
  assert.equal(comment.kind, kinds[expected.kind]);
  const pairs: [unknown, unknown][] = [
    [comment.id, expected.kind === "chat" ? expected.id : undefined],
    [comment.author?.id, expected.uid],
    [comment.author?.name, expected.userName],
    [comment.author?.avatarUrl, expected.avatar],
    [comment.author?.medal, expected.kind === "chat" ? expected.badge?.name : undefined],
    [comment.author?.medalLevel, expected.kind === "chat" ? expected.badge?.level : undefined],
    [comment.author?.moderator, expected.roomGroup ? expected.roomGroup >= 4 : undefined],
    [comment.author?.guardLevel, expected.kind === "noble" ? expected.nobleLevel : undefined],
    [comment.text, expected.text],
    [comment.colour, expected.colorName === "red" ? 0xff0000 : undefined],
    [comment.timeMs, expected.timestampMs],
    [comment.gift?.id, expected.giftId],
    [comment.gift?.name, expected.giftName],
    [comment.gift?.count, expected.count],
    [comment.price?.milli, expected.priceMilli],
    [comment.durationS, expected.durationSec],
    [comment.retraction?.authorId, expected.kind === "userBlocked" ? expected.uid : undefined],
  ];
  for (const [actual, wanted] of pairs) if (wanted !== undefined) assert.equal(actual, wanted);
  if (comment.kind === Kind.ROOM_STATE) assert.equal(comment.roomState?.live, expected.kind === "liveStart");
}

describe("douyu packets", () => {
  const { vectors, malformed } = readVectors("douyu-packets");

  for (const vector of vectors) {
    for (const chunking of vector.chunkings ?? [undefined]) {
      it(`${vector.id}${chunking ? `, cut ${JSON.stringify(chunking)}` : ""}`, () => {
        const reading = new Reading();
        if (chunking) for (const piece of cut(bytesOf(vector), chunking)) assert(reading.reader.push(piece));
        else reading.reader.read(bytesOf(vector));
        assert.deepEqual(reading.problems, []);
        assert.deepEqual(reading.maps, vector.expect.messages);
        if (vector.direction === "c2s") {
          assert.deepEqual(formatPacket(reading.texts[0] ?? "", TO_SERVER), bytesOf(vector));
          return;
        }
        const events = (vector.expect.events ?? []).filter(({ kind }: Vector) => kind !== "serverError");
        if (!vector.expect.events) return;
        const comments = reading.texts.map(commentOf).filter((comment) => comment !== undefined);
        assert.equal(comments.length, events.length);
        comments.forEach((comment, index) => {
          checkComment(comment, events[index]);
        });
      });
    }
  }

  for (const vector of malformed) {
    it(vector.id, () => {
      const reading = new Reading();
      reading.reader.read(bytesOf(vector));
      for (const text of reading.texts) commentOf(text);
      const { error, either, messages, messagesOwnKeys, tcp } = vector.expect;
      const good = reading.maps.filter((map) => Object.keys(map).length > 0);
      if (error) assert.deepEqual(reading.problems, [error]);
      else if (!either) assert.deepEqual(reading.problems, []);
      if (messages) {
        assert.deepEqual(
          good,
          messages.filter((map: object) => Object.keys(map).length > 0),
        );
      }
      if (either) assert(either.some((one: Vector) => one.messages?.length === good.length));
      if (messagesOwnKeys) {
        assert.deepEqual(
          reading.texts.map((text) => [...parseStt(text).keys()]),
          messagesOwnKeys,
        );
        assert.equal(({} as Vector).txt, undefined);
      }
      if (tcp) {
        const stream = new Reading();
        assert.equal(stream.reader.push(bytesOf(vector)), tcp === "wait-for-more");
        if (tcp !== "wait-for-more") assert.deepEqual(stream.problems, [tcp]);
      }
    });
  }

  it("knows a gift's name and price from the list", () => {
    const comment = commentOf(formatStt({ type: "dgb", gfid: 1, gfcnt: 3, uid: 5, nn: "甲" }));
    assert.deepEqual(comment?.gift, { id: "1", name: "飞机", count: 3 });
    assert.equal(comment?.price?.milli, 300_000);
  });

  it("leaves other rooms' nobles out", () => {
    assert.equal(commentOf(formatStt({ type: "anbc", drid: 1, uid: 5, nl: 3 })), undefined);
  });

  it("takes any bytes, in any pieces", () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string().map((text) => formatPacket(text, FROM_SERVER)),
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), (pieces) => {
        const whole = new Reading();
        whole.reader.read(Buffer.concat(pieces));
        const stream = new Reading();
        for (const piece of pieces) if (!stream.reader.push(Buffer.from(piece))) break;
        for (const text of [...whole.texts, ...stream.texts]) commentOf(text);
      }),
    );
  });
});
