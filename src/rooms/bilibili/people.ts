import { type Comment, Kind } from "../../comments/comment.ts";
import { type JsonObject, number, object, string } from "../json.ts";
import { base, type MessageContext, MessageError } from "../message.ts";
import { person, requireData } from "./gifts.ts";
import { decodeInteractWord } from "./payloads.ts";

/** What the official page writes behind the name. */
const deeds: Readonly<Record<number, string>> = {
  2: "关注了主播",
  3: "分享了直播间",
  4: "特别关注了主播",
  5: "与主播互粉了",
};

function interaction(
  type: number,
  uid: unknown,
  timestampS: number,
  author: NonNullable<Comment["author"]>,
  context: MessageContext,
): Comment {
  const kind = type === 1 ? Kind.ENTER : type === 6 ? Kind.LIKE : Kind.NOTICE;
  const text = deeds[type];
  // A guest's uid is 0 for everybody: the name has to tell them apart.
  const who = string(uid) === "0" ? author.name : string(uid);
  return {
    ...base(kind, `interact:${type}:${who}:${timestampS}`, timestampS * 1000, context),
    author,
    ...(text !== undefined && { text }),
  };
}

function requireType(type: number): number {
  if (type < 1 || type > 6) throw new MessageError(`INTERACT_WORD: unknown msg_type ${type}`);
  return type;
}

/** INTERACT_WORD */
export function interactWord(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const medal = object(data.fans_medal);
  const author = person(data.uid, data.uname, { guardLevel: medal.guard_level, medal });
  return interaction(requireType(number(data.msg_type)), data.uid, number(data.timestamp), author, context);
}

/** INTERACT_WORD_V2 */
export function interactWordV2(message: JsonObject, context: MessageContext): Comment {
  const data = decodeInteractWord(requireData(message).pb);
  const user = object(data.uinfo);
  const author = person(data.uid, data.uname, {
    face: object(user.base).face,
    guardLevel: number(data.privilegeType) || object(user.guard).level,
    medal: object(data.fansMedal ?? user.medal),
  });
  const type = requireType(number(data.msgType));
  return interaction(type, data.uid ?? "0", number(data.timestamp), author, context);
}

/** ENTRY_EFFECT: an entry with an animation; the name stands between <% and %>. */
export function entryEffect(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const words = string(data.copy_writing);
  const from = words.indexOf("<%");
  const to = words.indexOf("%>", from + 2);
  const name = from >= 0 && to > from ? words.slice(from + 2, to) : "";
  const triggerMs = Math.trunc(number(data.trigger_time) / 1e6);
  return {
    ...base(Kind.ENTER, `entry:${string(data.uid)}:${triggerMs}`, triggerMs, context),
    author: person(data.uid, name, { face: data.face, guardLevel: data.privilege_type }),
  };
}

/** LIKE_INFO_V3_CLICK */
export function likeClick(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const medal = object(data.fans_medal);
  return {
    ...base(Kind.LIKE, context.nextId(), 0, context),
    author: person(data.uid, data.uname, { guardLevel: medal.guard_level, medal }),
    text: string(data.like_text),
  };
}

/** LIKE_INFO_V3_UPDATE: nobody's like; the text is the total. */
export function likeTotal(message: JsonObject, context: MessageContext): Comment {
  const total = number(requireData(message).click_count);
  return { ...base(Kind.LIKE, context.nextId(), 0, context), text: String(total) };
}
