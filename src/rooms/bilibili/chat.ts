import { type Author, type Comment, type Emote, Kind, Mode } from "../../comments/comment.ts";
import { array, count, id, type JsonObject, number, object, objectOrText, string } from "./json.ts";
import { type MessageContext, MessageError } from "./message.ts";

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

function chatAuthor(info: readonly unknown[], details: JsonObject): Author {
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
  const face = string(object(object(details.user).base).face);
  if (face) author.avatarUrl = face;
  return author;
}

function chatEmotes(meta: readonly unknown[], text: string, extraText: string): Emote[] {
  if (number(meta[12]) === 1) {
    const picture = objectOrText(meta[13]);
    return string(picture.url) ? [image(text, picture)] : [];
  }
  // Most comments have none: "emots":null.
  if (!extraText.includes('"emots":{')) return [];
  return Object.entries(object(objectOrText(extraText).emots))
    .slice(0, 32)
    .map(([token, value]) => image(token, object(value)));
}

/** DANMU_MSG and DANMU_MSG_MIRROR. Throws MessageError. */
export function chatComment(message: JsonObject, context: MessageContext): Comment {
  const info = array(message.info);
  const meta = array(info[0]);
  if (typeof info[1] !== "string" || meta.length === 0) throw new MessageError("DANMU_MSG without info");
  const details = object(meta[15]);
  const extra = string(details.extra);
  const text = info[1];
  const author = chatAuthor(info, details);
  const sign = object(info[9]);
  const comment: Comment = {
    id:
      ID_STR.exec(extra)?.[1] ||
      `${author.id || author.name}:${string(sign.ct)}:${string(sign.ts) || string(meta[4])}:${text.slice(0, 64)}`,
    platform: "bilibili",
    room: context.room,
    kind: Kind.CHAT,
    timeMs: milliseconds(number(meta[4])) || context.receivedMs,
    receivedMs: context.receivedMs,
    author,
    text,
    colour: number(meta[3], 0xffffff) & 0xffffff,
    mode: modes[number(meta[1])] ?? Mode.SCROLL,
  };
  const emotes = chatEmotes(meta, text, extra);
  if (emotes.length > 0) comment.emotes = emotes;
  return comment;
}
