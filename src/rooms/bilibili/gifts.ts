import { type Author, type Comment, Kind, RetractionSource } from "../../comments/comment.ts";
import { array, count, id, type JsonObject, number, object, string } from "../json.ts";
import { base, type MessageContext, MessageError } from "../message.ts";
import { isMasked } from "./chat.ts";
import { decodeGifts } from "./payloads.ts";

/** 1000 gold coins are 1 CNY; silver is worth nothing. */
const coins = (type: unknown, total: unknown) => ({
  milli: type === "gold" ? Math.max(0, Math.trunc(number(total))) : 0,
  currency: "CNY",
});

export function requireData(message: JsonObject): JsonObject {
  if (typeof message.data !== "object" || message.data === null) {
    throw new MessageError(`${string(message.cmd)} without data`);
  }
  return object(message.data);
}

export function person(
  uid: unknown,
  name: unknown,
  more: { face?: unknown; guardLevel?: unknown; medal?: JsonObject } = {},
): Author {
  const author: Author = {
    id: id(uid),
    name: string(name),
    masked: isMasked(string(name)),
    guardLevel: count(more.guardLevel),
  };
  if (string(more.face)) author.avatarUrl = string(more.face);
  const medalName = string(more.medal?.medal_name ?? more.medal?.name);
  if (medalName) {
    author.medal = medalName;
    author.medalLevel = count(more.medal?.medal_level ?? more.medal?.level);
  }
  return author;
}

/** SEND_GIFT. What was paid is total_coin: the price of a blind box is that of what came out. */
export function giftComment(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const unique = string(data.tid) || string(data.rnd) || context.nextId();
  return {
    ...base(Kind.GIFT, `gift:${unique}`, number(data.timestamp) * 1000, context),
    author: person(data.uid, data.uname, {
      face: data.face,
      guardLevel: data.guard_level,
      medal: object(data.medal_info),
    }),
    gift: { id: id(data.giftId), name: string(data.giftName), count: count(data.num) },
    price: coins(data.coin_type, data.total_coin),
  };
}

/** SEND_GIFT_V2: protobuf, several gifts. */
export function giftComments(message: JsonObject, context: MessageContext): Comment[] {
  const data = decodeGifts(requireData(message).pb);
  const author = person(data.uid, data.uname, {
    face: data.face,
    guardLevel: data.guardLevel,
    medal: object(data.medalInfo),
  });
  return array(data.giftList).map((item) => {
    const gift = object(item);
    return {
      ...base(
        Kind.GIFT,
        `gift:${string(gift.tid) || context.nextId()}`,
        number(gift.timestamp) * 1000,
        context,
      ),
      author,
      gift: { id: id(gift.giftId), name: string(gift.giftName), count: count(gift.num) },
      price: coins(gift.coinType, gift.totalCoin),
    };
  });
}

/** SUPER_CHAT_MESSAGE and its _JPN copy, which has the same id. The price is in whole CNY. */
export function superChat(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const user = object(data.user_info);
  if (!id(data.id)) throw new MessageError("SUPER_CHAT_MESSAGE without id");
  const background = /^#([0-9a-f]{6})$/i.exec(string(data.background_bottom_color));
  return {
    ...base(Kind.SUPER_CHAT, `sc:${id(data.id)}`, number(data.start_time) * 1000, context),
    author: {
      ...person(data.uid, user.uname, {
        face: user.face,
        guardLevel: user.guard_level,
        medal: object(data.medal_info),
      }),
      moderator: number(user.manager) === 1,
    },
    text: string(data.message),
    price: { milli: Math.max(0, Math.round(number(data.price) * 1000)), currency: "CNY" },
    durationS: count(data.time),
    ...(background && { colour: Number.parseInt(background[1]!, 16) }),
  };
}

export function superChatDelete(message: JsonObject, context: MessageContext): Comment {
  const commentIds = array(requireData(message).ids).slice(0, 1000).map(id).filter(Boolean);
  if (commentIds.length === 0) throw new MessageError("SUPER_CHAT_MESSAGE_DELETE without ids");
  return {
    ...base(Kind.RETRACT, `sc-delete:${commentIds.join(",").slice(0, 100)}`, 0, context),
    retraction: { source: RetractionSource.PLATFORM, commentIds: commentIds.map((text) => `sc:${text}`) },
  };
}

/** One purchase comes as GUARD_BUY and as a toast: the same id, so that only the first counts. */
const guardId = (uid: unknown, level: unknown, startS: unknown) =>
  `guard:${string(uid)}:${string(level)}:${string(startS)}`;

export function guardBuy(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  return {
    ...base(
      Kind.GUARD,
      guardId(data.uid, data.guard_level, data.start_time),
      number(data.start_time) * 1000,
      context,
    ),
    author: person(data.uid, data.username, { guardLevel: data.guard_level }),
    gift: {
      id: id(data.gift_id),
      name: string(data.gift_name),
      count: count(data.num),
      months: count(data.num),
    },
    price: { milli: count(data.price), currency: "CNY" },
  };
}

/** USER_TOAST_MSG, flat, and USER_TOAST_MSG_V2, in groups. Undefined for the copy that the page hides too. */
export function guardToast(message: JsonObject, context: MessageContext): Comment | undefined {
  const data = requireData(message);
  const v2 = typeof data.guard_info === "object";
  const guard = v2 ? object(data.guard_info) : data;
  const pay = v2 ? object(data.pay_info) : data;
  const sender = object(data.sender_uinfo);
  if (number(object(data.option).source) === 2) return undefined;
  const uid = v2 ? sender.uid : data.uid;
  const months = string(pay.unit) === "月" ? { months: count(pay.num) } : {};
  return {
    ...base(
      Kind.GUARD,
      guardId(uid, guard.guard_level, guard.start_time),
      number(guard.start_time) * 1000,
      context,
    ),
    author: person(uid, v2 ? object(sender.base).name : data.username, {
      guardLevel: guard.guard_level,
      face: object(sender.base).face,
    }),
    text: string(data.toast_msg).replace(/<%|%>/g, ""),
    gift: {
      id: id(v2 ? object(data.gift_info).gift_id : data.gift_id),
      name: string(guard.role_name),
      count: count(pay.num),
      ...months,
    },
    price: { milli: count(pay.price), currency: "CNY" },
  };
}
