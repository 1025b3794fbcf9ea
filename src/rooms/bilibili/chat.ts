import { type Author, type Comment, type Emote, Kind, Mode } from "../../comments/comment.ts";
import { array, count, id, type JsonObject, number, object, objectOrText, string } from "../json.ts";
import { type MessageContext, MessageError } from "../message.ts";

/** "折***": what a connection without a login gets. */
export const isMasked = (name: string) => name.endsWith("***");

const modes: Readonly<Record<number, Mode>> = { 4: Mode.BOTTOM, 5: Mode.TOP };

function image(token: string, value: JsonObject): Emote {
  return {
    token,
    id: string(value.emoticon_unique),
    url: string(value.url),
    width: count(value.width),
    height: count(value.height),
  };
}

/** Before 2020 the time was in seconds. */
const milliseconds = (time: number) => (time > 0 && time < 1e11 ? time * 1000 : time);

/** `"id_str":"…"` of the inner JSON text, without parsing its 40 fields. */
const ID_STR = /"id_str":"([\w-]{1,64})"/;

function chatAuthor(info: readonly unknown[], face: string): Author {
  const user = array(info[2]);
  const medal = array(info[3]);
  const name = string(user[1]);
  const author: Author = {
    id: id(user[0]),
    name,
    masked: isMasked(name),
    guardLevel: count(info[7]),
    moderator: number(user[2]) === 1,
  };
  if (medal.length > 1) {
    author.medal = string(medal[1]);
    author.medalLevel = count(medal[0]);
  }
  if (face) author.avatarUrl = face;
  return author;
}

function chatEmotes(meta: readonly unknown[], text: string, extraText: string): Emote[] {
  if (number(meta[12]) === 1) {
    const picture = objectOrText(meta[13]);
    return string(picture.url) ? [image(text, picture)] : [];
  }
  if (!extraText) return [];
  return Object.entries(object(objectOrText(extraText).emots))
    .slice(0, 32)
    .map(([token, value]) => image(token, object(value)));
}

/** What is in `info[0][15]`, as far as it counts. */
interface Details {
  readonly id: string | undefined;
  readonly face: string;
  /** JSON text with `emots`, or "". */
  readonly emotes: string;
}

/** DANMU_MSG and DANMU_MSG_MIRROR. Throws MessageError. */
export function chatComment(message: JsonObject, context: MessageContext): Comment {
  const details = object(array(array(message.info)[0])[15]);
  const extra = string(details.extra);
  return build(message, context, {
    id: ID_STR.exec(extra)?.[1],
    face: string(object(object(details.user).base).face),
    // Most comments have none: "emots":null.
    emotes: extra.includes('"emots":{') ? extra : "",
  });
}

const DETAILS = ',{"extra":"{';
const BEHIND_DETAILS = ',{"activity_identity":';
const ID_STR_INSIDE = /\\"id_str\\":\\"([\w-]{1,64})\\"/;
const FACE = /"face":("(?:[^"\\]|\\.)*")/;

/**
 * A chat from its JSON text, several times as fast: two thirds of it are `info[0][15]`, of which three fields count,
 * and `extra` in it is JSON text inside the JSON. The landmarks have bare quotes, which no string has inside, so
 * nobody's words can look like one. Undefined when the text is of another form. Throws MessageError.
 */
export function decodeChat(text: string, context: MessageContext): Comment | undefined {
  const begin = text.indexOf(DETAILS);
  const extraEnd = begin < 0 ? -1 : text.indexOf('}"', begin + DETAILS.length);
  const end = extraEnd < 0 ? -1 : text.indexOf(BEHIND_DETAILS, extraEnd);
  if (end < 0) return undefined;
  const extra = text.slice(begin + DETAILS.length - 1, extraEnd + 1);
  let message: JsonObject;
  let emotes = "";
  let face = "";
  try {
    message = object(JSON.parse(`${text.slice(0, begin)},0${text.slice(end)}`));
    if (extra.includes('\\"emots\\":{')) emotes = string(JSON.parse(`"${extra}"`));
    const found = FACE.exec(text.slice(extraEnd, end))?.[1];
    if (found && found.length > 2) face = string(JSON.parse(found));
  } catch {
    return undefined;
  }
  return build(message, context, { id: ID_STR_INSIDE.exec(extra)?.[1], face, emotes });
}

/** An entry of the room's history: the same fields under other names, without colour. */
export function historyComment(entry: JsonObject, context: MessageContext): Comment {
  const check = object(entry.check_info);
  const medal = array(entry.medal);
  const name = string(entry.nickname);
  const text = string(entry.text);
  const author: Author = {
    id: id(entry.uid),
    name,
    masked: isMasked(name),
    guardLevel: count(entry.guard_level),
    moderator: number(entry.isadmin) === 1,
  };
  if (medal.length > 1) {
    author.medal = string(medal[1]);
    author.medalLevel = count(medal[0]);
  }
  const comment: Comment = {
    id: string(entry.id_str) || fallbackId(author, string(check.ct), string(check.ts), text),
    platform: context.platform,
    room: context.room,
    kind: Kind.CHAT,
    timeMs: milliseconds(number(check.ts)) || context.receivedMs,
    receivedMs: context.receivedMs,
    author,
    text,
  };
  const picture = object(entry.emoticon);
  const inside = Object.entries(object(entry.emots)).slice(0, 32);
  const emotes = string(picture.url)
    ? [image(text, picture)]
    : inside.map(([token, value]) => image(token, object(value)));
  if (emotes.length > 0) comment.emotes = emotes;
  return comment;
}

/** For what came before comments had ids. */
const fallbackId = (author: Author, ct: string, ts: string, text: string) =>
  `${author.id || author.name}:${ct}:${ts}:${text.slice(0, 64)}`;

function build(message: JsonObject, context: MessageContext, details: Details): Comment {
  const info = array(message.info);
  const meta = array(info[0]);
  if (typeof info[1] !== "string" || meta.length === 0) throw new MessageError("DANMU_MSG without info");
  const text = info[1];
  const author = chatAuthor(info, details.face);
  const sign = object(info[9]);
  const comment: Comment = {
    id: details.id || fallbackId(author, string(sign.ct), string(sign.ts) || string(meta[4]), text),
    platform: context.platform,
    room: context.room,
    kind: Kind.CHAT,
    timeMs: milliseconds(number(meta[4])) || context.receivedMs,
    receivedMs: context.receivedMs,
    author,
    text,
    colour: number(meta[3], 0xffffff) & 0xffffff,
    mode: modes[number(meta[1])] ?? Mode.SCROLL,
  };
  const emotes = chatEmotes(meta, text, details.emotes);
  if (emotes.length > 0) comment.emotes = emotes;
  return comment;
}
