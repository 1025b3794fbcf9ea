import { type Author, type Comment, Kind, RetractionSource } from "../../comments/comment.ts";
import { base, type MessageContext } from "../message.ts";
import { SttReader } from "./stt.ts";

/** What the gift list says of a gift; prices there are 1/100 of a fish fin, which is about 1 CNY. */
export interface GiftInfo {
  readonly name: string;
  readonly priceMilli: number;
}

export interface DouyuContext extends MessageContext {
  readonly gifts: ReadonlyMap<string, GiftInfo>;
}

const keys = [
  ...["type", "code", "uid", "nn", "ic", "bnn", "bl", "rg", "pg", "cid", "cst", "txt", "col"],
  ...["gfid", "pid", "gfcnt", "gfn", "btype", "chatmsg", "vrid", "now", "cprice", "cet"],
  ...["nick", "price", "drid", "ts", "unk", "nl", "ss", "ivl", "did", "dnic"],
] as const;
type Key = (typeof keys)[number];
/** One level of a message. */
type Fields = { get(key: Key): string | undefined; number(key: Key): number | undefined };
/** One for the message, one for what is inside it. */
const outer = new SttReader(keys);
const inner = new SttReader(keys);

type Parser = (fields: Fields, context: DouyuContext) => Comment | undefined;

const MAX_COUNT = 0xffff_ffff;
const AVATARS = "https://apic.douyucdn.cn/upload/";
/** Room groups from which on somebody moderates: 4 moderator, 5 owner. */
const MODERATORS = 4;
/** Platform group of the platform's own staff. */
const STAFF = "5";
/** By the codes of `col`. */
const colours = [0xffffff, 0xff0000, 0x1e87f0, 0x7ac84b, 0xff7f00, 0x9b39f4, 0xff69b4] as const;

const whole = (value: number | undefined, otherwise = 0) =>
  value === undefined ? otherwise : Math.min(Math.max(value, 0), MAX_COUNT);
const fen = (value: number | undefined) => ({ milli: whole(value) * 10, currency: "CNY" });

function author(fields: Fields, name: Key = "nn", id: Key = "uid"): Author {
  const person: Author = { id: fields.get(id) ?? "", name: fields.get(name) ?? "" };
  const avatar = fields.get("ic");
  if (avatar) person.avatarUrl = `${AVATARS}${avatar}_small.jpg`;
  const medal = fields.get("bnn");
  if (medal) {
    person.medal = medal;
    person.medalLevel = whole(fields.number("bl"));
  }
  if (whole(fields.number("rg")) >= MODERATORS || fields.get("pg") === STAFF) person.moderator = true;
  return person;
}

function chat(fields: Fields, context: DouyuContext): Comment {
  const comment = base(Kind.CHAT, fields.get("cid") || context.nextId(), fields.number("cst") ?? 0, context);
  comment.author = author(fields);
  comment.text = fields.get("txt") ?? "";
  comment.colour = colours[whole(fields.number("col"))] ?? colours[0];
  return comment;
}

/** `hits` counts a combo that goes on; `gfcnt` is what came with this message. */
function gift(fields: Fields, context: DouyuContext): Comment {
  const id = fields.get("gfid") || fields.get("pid") || "";
  const count = whole(fields.number("gfcnt"), 1);
  const known = context.gifts.get(id);
  const priceMilli = (known?.priceMilli ?? 0) * count;
  return {
    ...base(Kind.GIFT, context.nextId(), 0, context),
    author: author(fields),
    gift: { id, name: fields.get("gfn") || known?.name || "", count },
    ...(priceMilli > 0 && { price: { milli: priceMilli, currency: "CNY" } }),
  };
}

/** A paid message; what it says stands in a message of its own inside. */
function superChat(fields: Fields, context: DouyuContext): Comment | undefined {
  if (fields.get("btype") !== "voiceDanmu") return undefined;
  const said: Fields = inner.read(Buffer.from(fields.get("chatmsg") ?? ""));
  return {
    ...base(
      Kind.SUPER_CHAT,
      `super:${fields.get("vrid") || context.nextId()}`,
      fields.number("now") ?? 0,
      context,
    ),
    author: author(said),
    text: said.get("txt") ?? "",
    price: fen(fields.number("cprice")),
    durationS: whole(fields.number("cet")),
  };
}

function membership(fields: Fields, context: DouyuContext): Comment {
  return {
    ...base(Kind.GUARD, context.nextId(), 0, context),
    author: author(fields, "nick"),
    gift: { name: "钻粉", count: 1, months: 1 },
    price: fen(fields.number("price")),
  };
}

/** Told to all rooms; ours only when it names ours. */
function noble(fields: Fields, context: DouyuContext): Comment | undefined {
  if (fields.get("drid") !== context.room) return undefined;
  return {
    ...base(Kind.GUARD, context.nextId(), (fields.number("ts") ?? 0) * 1_000, context),
    author: { ...author(fields, "unk"), guardLevel: whole(fields.number("nl")) },
    gift: { name: "贵族", count: 1, months: 1 },
  };
}

/** On air: `ss` 1, and no recording in a loop. */
function roomState(fields: Fields, context: DouyuContext): Comment {
  return {
    ...base(Kind.ROOM_STATE, context.nextId(), 0, context),
    roomState: { live: fields.get("ss") === "1" && fields.get("ivl") !== "1" },
  };
}

/** Somebody was muted: what still flies of theirs goes too. */
function muted(fields: Fields, context: DouyuContext): Comment | undefined {
  const authorId = fields.get("did");
  if (!authorId) return undefined;
  return {
    ...base(Kind.RETRACT, context.nextId(), 0, context),
    author: author(fields, "dnic", "did"),
    retraction: { source: RetractionSource.PLATFORM, commentIds: [], authorId },
  };
}

function enter(fields: Fields, context: DouyuContext): Comment {
  return { ...base(Kind.ENTER, context.nextId(), 0, context), author: author(fields) };
}

function badge(fields: Fields, context: DouyuContext): Comment {
  const text = `${fields.get("bnn") ?? ""} ${fields.get("bl") ?? ""}`.trim();
  return { ...base(Kind.NOTICE, context.nextId(), 0, context), author: author(fields), text };
}

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ["chatmsg", chat],
  ["dgb", gift],
  ["comm_chatmsg", superChat],
  ["odfbc", membership],
  ["rndfbc", membership],
  ["anbc", noble],
  ["rnewbc", noble],
  ["rss", roomState],
  ["newblackres", muted],
  ["uenter", enter],
  ["blab", badge],
]);

/** A message of the server, read until the next one. */
export interface DouyuMessage {
  readonly type: string;
  /** Of an error. */
  readonly code: string;
  /** In our terms; undefined for what is noise. */
  comment(context: DouyuContext): Comment | undefined;
}

/** The bytes must stay as they are while the message is in use. */
export function readMessage(bytes: Buffer): DouyuMessage {
  const fields: Fields = outer.read(bytes);
  const type = fields.get("type") ?? "";
  return {
    type,
    get code() {
      return fields.get("code") ?? "";
    },
    comment: (context) => parsers.get(type)?.(fields, context),
  };
}
