import assert from "node:assert/strict";
import fc from "fast-check";
import { type Comment, Kind } from "../../../src/comments/comment.ts";
import { Command, formatCommand, pushComments } from "../../../src/rooms/huya/messages.ts";
import { readTars, TarsError, writeTars } from "../../../src/rooms/huya/tars.ts";
import { bytesOf, readVectors, type Vector } from "../../vectors.ts";

let serial = 0;
const context = {
  platform: "huya",
  room: "1199512345678",
  receivedMs: 1_800_000_000_000,
  nextId: () => `next-${++serial}`,
};

function read(bytes: Buffer): Comment[] {
  const message = readTars(bytes);
  const command = Number(message.get(0));
  const data = message.get(1);
  if (command !== Command.PUSH && command !== Command.PUSH_V2) return [];
  return Buffer.isBuffer(data) ? pushComments(command, data, context) : [];
}

const kinds: Record<string, Kind> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  liveStart: Kind.ROOM_STATE,
  liveEnd: Kind.ROOM_STATE,
};

function checkComment(comment: Comment | undefined, expected: Vector) {
  assert(comment);
  const pairs: [unknown, unknown][] = [
    [comment.kind, kinds[expected.kind]],
    [comment.author?.id, expected.uid],
    [comment.author?.name, expected.userName],
    [comment.text, expected.text],
    [comment.colour, expected.color],
    [comment.gift?.id, expected.giftId === undefined ? undefined : String(expected.giftId)],
    [comment.gift?.name, expected.giftName],
    [comment.gift?.count, expected.count],
  ];
  for (const [actual, wanted] of pairs) if (wanted !== undefined) assert.equal(actual, wanted);
  if (comment.kind === Kind.ROOM_STATE) assert.equal(comment.roomState?.live, expected.kind === "liveStart");
}

describe("huya's frames", () => {
  for (const vector of readVectors("huya-frames").vectors) {
    it(vector.id, () => {
      const { error, cmd, msgId, event, groups } = vector.expect;
      if (error) {
        assert.throws(() => read(bytesOf(vector)), TarsError);
        return;
      }
      assert.equal(readTars(bytesOf(vector)).get(0), cmd);
      if (groups) {
        assert.deepEqual(
          formatCommand(Command.REGISTER_GROUP, writeTars({ 0: groups, 1: "" })),
          bytesOf(vector),
        );
      }
      if (!event) return;
      const [comment] = read(bytesOf(vector));
      checkComment(comment, event);
      if (msgId) assert.equal(comment?.id, msgId);
    });
  }

  it("reads what the second form of a push holds", () => {
    const chat = (id: bigint, text: string) => ({
      0: 1400,
      1: writeTars({ 0: { 0: 7, 2: "甲" }, 3: text }),
      2: id,
    });
    const push = writeTars({ 0: "chat:1", 1: [chat(2n ** 62n, "一"), chat(2n ** 62n + 1n, "二")] });
    const comments = read(formatCommand(Command.PUSH_V2, push));
    assert.deepEqual(
      comments.map(({ id, text }) => [id, text]),
      [
        ["4611686018427387904", "一"],
        ["4611686018427387905", "二"],
      ],
    );
  });

  it("brings back what is written", () => {
    const leaf = fc.oneof(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      fc.string({ unit: "grapheme", maxLength: 400 }),
    );
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 20 }), (values) => {
        const fields = Object.fromEntries(values.map((value, tag) => [tag, value]));
        const back = readTars(writeTars({ ...fields, 30: values, 31: fields }));
        const same = (given: unknown) => (typeof given === "number" ? BigInt(given) : given);
        for (const [tag, value] of values.entries()) assert.equal(same(back.get(tag)), value);
        assert.deepEqual((back.get(30) as unknown[]).map(same), values);
        assert.deepEqual([...(back.get(31) as Map<number, unknown>).values()].map(same), values);
      }),
    );
  });

  it("takes any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          read(Buffer.from(bytes));
        } catch (error) {
          assert(error instanceof TarsError, String(error));
        }
      }),
    );
  });

  it("does not believe a count", () => {
    const huge = Buffer.from("0902ffffff0000", "hex");
    assert.throws(() => readTars(huge), TarsError);
    const empties = Buffer.concat([Buffer.from("09020fffffff", "hex"), Buffer.alloc(100_000, 0x0c)]);
    assert.throws(() => readTars(empties), TarsError);
  });
});
