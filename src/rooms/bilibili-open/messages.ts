import { type Author, type Comment, type Emote, Kind, RetractionSource } from "../../comments/comment.ts";
import { array, count, id, type JsonObject, number, object, string } from "../json.ts";
import { base, type MessageContext } from "../message.ts";

/** What the platform calls every command that is for us. */
const PREFIX = "LIVE_OPEN_PLATFORM_";

/** Users are known by an id that only this app sees. */
function author(data: JsonObject): Author {
  const person: Author = {
    id: string(data.open_id),
    name: string(data.uname),
    guardLevel: count(data.guard_level),
  };
  const avatar = string(data.uface);
  if (avatar) person.avatarUrl = avatar;
  const medal = string(data.fans_medal_name);
  if (medal) {
    person.medal = medal;
    person.medalLevel = count(data.fans_medal_level);
  }
  if (number(data.is_admin) === 1) person.moderator = true;
  return person;
}

type Parser = (data: JsonObject, context: MessageContext) => Comment;

const idOf = (data: JsonObject, context: MessageContext) => string(data.msg_id) || context.nextId();
const secondsOf = (value: unknown) => number(value) * 1_000;

const chat: Parser = (data, context) => {
  const text = string(data.msg);
  const picture = string(data.emoji_img_url);
  const emotes: Emote[] = picture ? [{ token: text, url: picture }] : [];
  return {
    ...base(Kind.CHAT, idOf(data, context), secondsOf(data.timestamp), context),
    author: author(data),
    text,
    colour: 0xff_ffff,
    ...(emotes.length > 0 && { emotes }),
  };
};

const gift: Parser = (data, context) => {
  const pieces = count(data.gift_num);
  const each = data.paid === true ? Math.max(0, Math.trunc(number(data.r_price ?? data.price))) : 0;
  return {
    ...base(Kind.GIFT, `gift:${idOf(data, context)}`, secondsOf(data.timestamp), context),
    author: author(data),
    gift: { id: id(data.gift_id), name: string(data.gift_name), count: pieces },
    price: { milli: each * pieces, currency: "CNY" },
  };
};

const superChat: Parser = (data, context) => ({
  ...base(
    Kind.SUPER_CHAT,
    `super:${id(data.message_id) || context.nextId()}`,
    secondsOf(data.start_time),
    context,
  ),
  author: author(data),
  text: string(data.message),
  price: { milli: Math.max(0, Math.trunc(number(data.rmb) * 1_000)), currency: "CNY" },
  durationS: count(number(data.end_time) - number(data.start_time)),
});

const superChatDelete: Parser = (data, context) => ({
  ...base(Kind.RETRACT, context.nextId(), 0, context),
  retraction: {
    source: RetractionSource.PLATFORM,
    commentIds: array(data.message_ids)
      .slice(0, 1_000)
      .map((one) => `super:${id(one)}`),
  },
});

const guard: Parser = (data, context) => ({
  ...base(Kind.GUARD, idOf(data, context), secondsOf(data.timestamp), context),
  author: { ...author(object(data.user_info)), guardLevel: count(data.guard_level) },
  gift: { name: "大航海", count: count(data.guard_num), months: count(data.guard_num) },
  price: { milli: Math.max(0, Math.trunc(number(data.price))), currency: "CNY" },
});

const like: Parser = (data, context) => ({
  ...base(Kind.LIKE, idOf(data, context), secondsOf(data.timestamp), context),
  author: author(data),
  text: string(data.like_text),
});

const enter: Parser = (data, context) => ({
  ...base(Kind.ENTER, idOf(data, context), secondsOf(data.timestamp), context),
  author: author(data),
});

const onAir =
  (live: boolean): Parser =>
  (data, context) => ({
    ...base(Kind.ROOM_STATE, idOf(data, context), secondsOf(data.timestamp), context),
    roomState: { live, title: string(data.title) },
  });

const parsers: ReadonlyMap<string, Parser> = new Map([
  ["DM", chat],
  ["DM_MIRROR", chat],
  ["SEND_GIFT", gift],
  ["SUPER_CHAT", superChat],
  ["SUPER_CHAT_DEL", superChatDelete],
  ["GUARD", guard],
  ["LIKE", like],
  ["LIVE_ROOM_ENTER", enter],
  ["LIVE_START", onAir(true)],
  ["LIVE_END", onAir(false)],
]);

/** The platform has ended the game with this id. */
export const endedGame = (message: JsonObject) =>
  string(message.cmd) === `${PREFIX}INTERACTION_END` ? string(object(message.data).game_id) : undefined;

/** What a command says, in our terms; undefined for what is of no use here. */
export function commentOf(message: JsonObject, context: MessageContext): Comment | undefined {
  const name = string(message.cmd);
  const parse = name.startsWith(PREFIX) ? parsers.get(name.slice(PREFIX.length)) : undefined;
  return parse?.(object(message.data), context);
}
