import { type Author, type Comment, Kind } from "../../comments/comment.ts";
import type { Message } from "../../rpc/proto.ts";
import { base, type MessageContext } from "../message.ts";
import { decodeFields } from "./frames.ts";

const ENDED = 3;
const FOLLOW = "1";
/** Ten diamonds are 1 CNY. */
const DIAMOND_MILLI = 100;
const MAX_COUNT = 0xffff_ffff;

type Parser = (fields: Message, id: string, context: MessageContext) => Comment | undefined;

const count = (text: string) => Math.min(Number(text), MAX_COUNT);
const author = (user: Message | null): Author => ({
  id: user && user.id !== "0" ? user.id : "",
  name: user?.name ?? "",
});

const chat: Parser = (fields, id, context) => ({
  ...base(Kind.CHAT, id, 0, context),
  author: author(fields.user),
  text: fields.content,
});

/** A combo is told again and again while it grows; it counts when it ends, once. */
const gift: Parser = (fields, id, context) => {
  const { name = "", combo, diamondCount = 0 } = fields.gift ?? {};
  if (combo && fields.repeatEnd === 0 && count(fields.repeatCount) > 1) return undefined;
  const pieces = Math.max(1, count(fields.repeatCount));
  return {
    ...base(Kind.GIFT, id, 0, context),
    author: author(fields.user),
    gift: { id: fields.giftId, name, count: pieces },
    price: { milli: diamondCount * DIAMOND_MILLI * pieces, currency: "CNY" },
  };
};

const like: Parser = (fields, id, context) => ({
  ...base(Kind.LIKE, id, 0, context),
  author: author(fields.user),
});

const enter: Parser = (fields, id, context) => ({
  ...base(Kind.ENTER, id, 0, context),
  author: author(fields.user),
});

const social: Parser = (fields, id, context) => ({
  ...base(Kind.NOTICE, id, 0, context),
  author: author(fields.user),
  text: fields.action === FOLLOW ? "关注了主播" : "分享了直播间",
});

const control: Parser = (fields, id, context) =>
  fields.status === ENDED
    ? { ...base(Kind.ROOM_STATE, id, 0, context), roomState: { live: false } }
    : undefined;

const viewers: Parser = (fields, id, context) => ({
  ...base(Kind.ROOM_STATE, id, 0, context),
  roomState: { online: count(fields.total) },
});

const parsers: ReadonlyMap<string, Parser> = new Map([
  ["ChatMessage", chat],
  ["GiftMessage", gift],
  ["LikeMessage", like],
  ["MemberMessage", enter],
  ["SocialMessage", social],
  ["ControlMessage", control],
  ["RoomUserSeqMessage", viewers],
]);

/** What a message of a push says; undefined for what is of no use here. Throws MessageError. */
export function commentOf(
  method: string,
  payload: Uint8Array,
  id: string,
  context: MessageContext,
): Comment | undefined {
  const name = method.replace(/^Webcast/, "");
  const parse = parsers.get(name);
  if (!parse) return undefined;
  return parse(decodeFields(name, payload), id === "0" ? context.nextId() : id, context);
}
