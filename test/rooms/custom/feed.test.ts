import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../src/box/config.ts";
import { type Comment, Kind } from "../../../src/comments/comment.ts";
import { Feed } from "../../../src/rooms/custom/feed.ts";
import { encodeMessage, lookupType } from "../../../src/rpc/proto.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function reader(feed: object | undefined) {
  const room = { platform: "custom", id: "hall", ...(feed && { feed }) };
  const { format = "json", mapping } = parseConfig({ rooms: [room] }).rooms[0]?.feed ?? {};
  const read = new Feed({ format, mapping });
  const problems: string[] = [];
  let serial = 0;
  const context = { platform: "custom", room: "hall", receivedMs: NOW_MS, nextId: () => `own-${++serial}` };
  const bytes = (message: unknown) =>
    message instanceof Uint8Array
      ? message
      : Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
  return {
    problems,
    feed: read,
    read: (message: unknown, id?: string): Comment[] =>
      read.read(bytes(message), id, context, (problem) => problems.push(problem)),
  };
}

describe("messages of an operator's own system", () => {
  it("are comments where the mapping says so", () => {
    const { read, feed } = reader({
      mapping: {
        comments: "$.data.messages[?@.type == 'chat']",
        id: "$.uuid",
        text: "$.body.text",
        author: "$['from'].nick",
        authorId: "$.from.uid",
        time: "$.at",
        colour: "$.style.colour",
        cursor: "$.data.next",
      },
    });
    const from = { nick: "甲", uid: 9_007_199_254_740_993n.toString() };
    const comments = read({
      data: {
        next: "c-2",
        messages: [
          {
            type: "chat",
            uuid: "a",
            body: { text: "你好" },
            from,
            at: "2026-01-02T03:04:04Z",
            style: { colour: "#ff8000" },
          },
          { type: "join", uuid: "b" },
          {
            type: "chat",
            uuid: "c",
            body: { text: "第二条" },
            at: NOW_MS / 1_000 - 2,
            style: { colour: 255 },
          },
        ],
      },
    });
    assert.equal(feed.cursor, "c-2");
    assert.deepEqual(
      comments.map(({ id, text, author, timeMs, colour, kind, platform, room }) => [
        id,
        text,
        author?.name,
        author?.id,
        timeMs - NOW_MS,
        colour,
        kind,
        platform,
        room,
      ]),
      [
        ["a", "你好", "甲", "9007199254740993", -1_000, 0xff8000, Kind.CHAT, "custom", "hall"],
        ["c", "第二条", "", "", -2_000, 255, Kind.CHAT, "custom", "hall"],
      ],
    );
  });

  it("without a mapping have the fields of a comment, in JSON or protobuf", () => {
    const given = { id: "7", kind: "GIFT", gift: { name: "花", count: 3 }, author: { name: "乙" } };
    const expected = ["7", Kind.GIFT, "花", 3, "乙"];
    const parts = ({ id, kind, gift, author }: Comment) => [id, kind, gift?.name, gift?.count, author?.name];
    const json = reader(undefined).read([given, given]);
    assert.deepEqual(json.map(parts), [expected, expected]);
    const message = encodeMessage(lookupType("feimu.v1.Comment"), { ...given, kind: Kind.GIFT });
    assert.deepEqual(reader({ format: "protobuf" }).read(message).map(parts), [expected]);
  });

  it("get an id when they have none: that of what brought them, else a new one", () => {
    const { read } = reader(undefined);
    assert.deepEqual(
      read([{ text: "1" }, { text: "2" }], "m").map(({ id }) => id),
      ["m", "m-1"],
    );
    assert.deepEqual(
      read([{ text: "1" }, { text: "2" }]).map(({ id }) => id),
      ["own-1", "own-2"],
    );
  });

  it("decide neither verdict nor number nor room", () => {
    const [comment] = reader(undefined).read({
      text: "x",
      platform: "bilibili",
      room: "1",
      sequence: 5,
      receivedMs: 1,
      verdict: { action: 0, revision: 9 },
    });
    assert.deepEqual(
      [comment?.platform, comment?.room, comment?.sequence, comment?.verdict, comment?.receivedMs],
      ["custom", "hall", undefined, undefined, NOW_MS],
    );
  });

  it("have our time when theirs is far away", () => {
    const times = [0, 12, NOW_MS + 2 * 86_400_000, -5].map((timeMs) => ({ text: "x", timeMs }));
    for (const { timeMs } of reader(undefined).read(times)) assert.equal(timeMs, NOW_MS);
  });

  it("are problems where they cannot be read, and take no other one with them", () => {
    const { read, problems } = reader(undefined);
    const comments = read([
      { text: {} },
      { text: " " },
      null,
      5,
      "x",
      { kind: "NO_SUCH", text: "gut" },
      { author: 3 },
    ]);
    assert.deepEqual(
      comments.map(({ text }) => text),
      ["gut"],
    );
    assert.equal(problems.length, 6);
    for (const broken of ["", "{", "\ud800", Buffer.from([0xff, 0xfe]), Buffer.alloc((1 << 20) + 1, 0x20)]) {
      assert.throws(() => read(broken), { name: "MessageError" });
    }
  });

  it("are at most 1,000 a message, of bounded length", () => {
    const { read, problems } = reader(undefined);
    const many = read(Array.from({ length: 2_000 }, (_, index) => ({ text: `${index}` })));
    assert.deepEqual([many.length, problems.length], [1_000, 1]);
    const [long] = read({
      text: "长".repeat(100_000),
      id: "i".repeat(1_000),
      author: { name: "n".repeat(1_000) },
    });
    assert.deepEqual([long?.text?.length, long?.id.length, long?.author?.name?.length], [2_000, 128, 128]);
  });

  it("of any kind never do worse than a problem", () => {
    const plain = reader(undefined);
    const mapped = reader({
      mapping: { comments: "$..*", text: "$..text", author: "$.__proto__", time: "$.t" },
    });
    const binary = reader({ format: "protobuf" });
    const nasty = fc.object({
      key: fc.oneof(fc.string(), fc.constantFrom("text", "author", "__proto__", "kind", "t")),
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.jsonValue()), fc.uint8Array(), (value, bytes) => {
        const text = JSON.stringify(value) ?? "null";
        for (const [{ read }, message] of [
          [plain, text],
          [mapped, text],
          [binary, bytes],
        ] as const) {
          try {
            for (const comment of read(message)) assert(comment.id);
          } catch (error) {
            assert.equal((error as Error).name, "MessageError");
          }
        }
      }),
      { numRuns: 500 },
    );
    assert.equal(({} as { text?: string }).text, undefined);
  });
});
