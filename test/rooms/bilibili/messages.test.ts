import assert from "node:assert/strict";
import fc from "fast-check";
import { Kind, Mode } from "../../../src/comments/comment.ts";
import { commentsOf, decodeComments, parseCommand } from "../../../src/rooms/bilibili/messages.ts";
import { MessageError } from "../../../src/rooms/message.ts";
import { readVectors, type Vector } from "../../vectors.ts";

const context = () => {
  let serial = 0;
  return {
    platform: "bilibili",
    room: "21452505",
    receivedMs: 1_800_000_000_000,
    nextId: () => `next-${++serial}`,
  };
};

/** Names of the vectors' kinds in our model; undefined: on purpose no comment. */
const kinds: Record<string, Kind | undefined> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  giftCombo: undefined,
  superChat: Kind.SUPER_CHAT,
  superChatDelete: Kind.RETRACT,
  guard: Kind.GUARD,
  guardToast: Kind.GUARD,
  enter: Kind.ENTER,
  follow: Kind.NOTICE,
  share: Kind.NOTICE,
  specialFollow: Kind.NOTICE,
  mutualFollow: Kind.NOTICE,
  like: Kind.LIKE,
  likeCount: Kind.LIKE,
  watchedCount: Kind.ROOM_STATE,
  onlineCount: Kind.ROOM_STATE,
  onlineRank: undefined,
  liveStart: Kind.ROOM_STATE,
  liveEnd: Kind.ROOM_STATE,
  roomChange: Kind.ROOM_STATE,
  cutOff: Kind.NOTICE,
  warning: Kind.NOTICE,
  roomSilent: Kind.NOTICE,
  userBlocked: Kind.RETRACT,
  loginNotice: Kind.NOTICE,
  recall: Kind.RETRACT,
  unknown: undefined,
};
const modes: Record<string, Mode> = { scroll: Mode.SCROLL, top: Mode.TOP, bottom: Mode.BOTTOM };

function checkFields(comment: Vector, expected: Vector) {
  const { author = {} } = comment;
  const pairs: [unknown, unknown][] = [
    [author.name, expected.userName],
    [author.id, expected.uid === undefined ? undefined : expected.uid === 0 ? "" : String(expected.uid)],
    [author.moderator, expected.isAdmin],
    [author.masked, expected.userMasked],
    [author.avatarUrl, expected.face],
    [author.medal, expected.medal?.name],
    [author.medalLevel, expected.medal?.level],
    [comment.colour, expected.color],
    [comment.mode, modes[expected.mode]],
    [comment.gift?.name, expected.giftName],
    [comment.gift?.id, expected.giftId === undefined ? undefined : String(expected.giftId)],
    [
      comment.price?.milli,
      expected.totalPaidMilli ?? expected.priceMilli ?? expected.paidMilli ?? expected.listPriceMilli,
    ],
    [comment.durationS, expected.durationSec],
    [comment.roomState?.title, expected.title],
    [comment.roomState?.online, expected.onlineCount],
  ];
  for (const [actual, wanted] of pairs) if (wanted !== undefined) assert.equal(actual, wanted);
  if (expected.guardLevel) assert.equal(author.guardLevel, expected.guardLevel);
  if (expected.timestampMs) assert.equal(comment.timeMs, expected.timestampMs);
  if (["chat", "superChat", "like"].includes(expected.kind) && expected.text) {
    assert.equal(comment.text, expected.text);
  }
  if (expected.kind === "liveStart") assert.equal(comment.roomState.live, true);
  if (expected.kind === "liveEnd") assert.equal(comment.roomState.live, false);
  if (expected.kind === "watchedCount") assert.equal(comment.roomState.watched, expected.count);
  if (expected.emoticon) {
    assert.deepEqual(
      comment.emotes.map(({ id, url }: Vector) => [id, url]),
      [[expected.emoticon.unique, expected.emoticon.url]],
    );
  }
  if (expected.inlineEmots) {
    assert.deepEqual(
      Object.fromEntries(comment.emotes.map(({ token, url }: Vector) => [token, url])),
      expected.inlineEmots,
    );
  }
  if (expected.ids)
    assert.deepEqual(
      comment.retraction.commentIds,
      expected.ids.map((id: string) => `sc:${id}`),
    );
  if (expected.kind === "userBlocked") assert.equal(comment.retraction.authorId, String(expected.uid));
  if (expected.targetId) assert(comment.retraction.commentIds.includes(expected.targetId));
}

describe("bilibili messages", () => {
  for (const vector of [
    ...readVectors("bilibili-commands").vectors,
    ...readVectors("bilibili-protobuf").vectors,
  ]) {
    it(vector.id, () => {
      const body = Buffer.from(JSON.stringify(vector.message));
      if (vector.expect.error) {
        assert.throws(() => commentsOf(parseCommand(body), context()), MessageError);
        return;
      }
      const comments = commentsOf(parseCommand(body), context());
      assert(vector.expect.kind in kinds, vector.expect.kind);
      const kind = kinds[vector.expect.kind];
      assert.deepEqual(
        comments.map((comment) => comment.kind),
        kind === undefined ? [] : [kind],
      );
      if (comments[0]) checkFields(comments[0], vector.expect);
    });
  }

  it("counts one purchase or start that comes twice as one", () => {
    const id = (name: string) => {
      const vector = readVectors("bilibili-commands").vectors.find((one) => one.id === name);
      return decodeComments(Buffer.from(JSON.stringify(vector.message)), context())[0]?.id;
    };
    assert.equal(id("live-with-time"), id("live-second"));
    assert.notEqual(id("superchat"), undefined);
  });

  it("throws nothing but MessageError, whatever the fields are", () => {
    const names = readVectors("bilibili-commands").vectors.map(({ message }) => message.cmd ?? "DANMU_MSG");
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), fc.jsonValue(), (cmd, data, info) => {
        try {
          decodeComments(Buffer.from(JSON.stringify({ cmd, data, info })), context());
        } catch (error) {
          assert(error instanceof MessageError, String(error));
        }
      }),
    );
  });
});
