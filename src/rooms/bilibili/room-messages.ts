import { type Comment, Kind, RetractionSource, type RoomState } from "../../comments/comment.ts";
import { id, type JsonObject, number, object, string } from "../json.ts";
import { base, type MessageContext, MessageError } from "../message.ts";
import { person, requireData } from "./gifts.ts";
import { decodeGoldRank } from "./payloads.ts";

function state(commentId: string, timeMs: number, roomState: RoomState, context: MessageContext): Comment {
  return { ...base(Kind.ROOM_STATE, commentId, timeMs, context), roomState };
}

function notice(text: string, context: MessageContext): Comment {
  return { ...base(Kind.NOTICE, context.nextId(), 0, context), text };
}

/** LIVE comes twice a start, with one live_key: the second is a repeat of the first. */
export function liveStart(message: JsonObject, context: MessageContext): Comment {
  const key = string(message.live_key) || context.nextId();
  return state(`live:${key}`, number(message.live_time) * 1000, { live: true }, context);
}

/** PREPARING; round 1: recordings run in a loop, nobody is there either. */
export function liveEnd(message: JsonObject, context: MessageContext): Comment {
  const key = string(message.msg_id) || string(message.send_time) || context.nextId();
  return state(`preparing:${key}`, number(message.send_time), { live: false }, context);
}

export function roomChange(message: JsonObject, context: MessageContext): Comment {
  return state(context.nextId(), 0, { title: string(requireData(message).title) }, context);
}

export function watched(message: JsonObject, context: MessageContext): Comment {
  return state(context.nextId(), 0, { watched: Math.trunc(number(requireData(message).num)) }, context);
}

/** ONLINE_RANK_COUNT: `count` are those in the ranking, `online_count` (not always there) all. */
export function online(message: JsonObject, context: MessageContext): Comment {
  const data = requireData(message);
  const people = number(data.online_count ?? data.count);
  return state(context.nextId(), 0, { online: Math.trunc(people) }, context);
}

/** ONLINE_RANK_V3 names the first few; nothing in it is for the comment stream, but a broken one counts. */
export function onlineRank(message: JsonObject): undefined {
  decodeGoldRank(requireData(message).pb);
}

/** CUT_OFF, CUT_OFF_V2, WARNING, ROOM_LOCK: words of the platform's moderators. */
export function moderation(message: JsonObject, context: MessageContext): Comment {
  const data = object(message.data);
  const inner = object(data.cut_off_data ?? message.cut_off_data);
  const text = string(message.msg) || string(inner.msg) || string(data.msg) || string(message.cmd);
  return notice(text, context);
}

export function silence(message: JsonObject, context: MessageContext): Comment {
  requireData(message);
  return notice(message.cmd === "ROOM_SILENT_ON" ? "直播间已开启禁言" : "直播间已解除禁言", context);
}

/** LOG_IN_NOTICE: from here on names are masked on this connection. */
export function loginNotice(message: JsonObject, context: MessageContext): Comment {
  return notice(string(requireData(message).notice_msg), context);
}

/** ROOM_BLOCK_MSG: a moderator silenced somebody; what still flies of theirs goes too. */
export function userBlocked(message: JsonObject, context: MessageContext): Comment {
  const data = object(message.data);
  const authorId = id(data.uid) || id(message.uid);
  if (!authorId) throw new MessageError("ROOM_BLOCK_MSG without uid");
  return {
    ...base(Kind.RETRACT, context.nextId(), 0, context),
    author: person(authorId, data.uname ?? message.uname),
    retraction: { source: RetractionSource.PLATFORM, commentIds: [], authorId },
  };
}

/**
 * RECALL_DANMU_MSG. Nobody documents what target_id counts, a comment or its author: taking back both is
 * right either way, as no comment's id is a plain number of an author's size.
 */
export function recall(message: JsonObject, context: MessageContext): Comment {
  const target = id(requireData(message).target_id);
  if (!target) throw new MessageError("RECALL_DANMU_MSG without target_id");
  return {
    ...base(Kind.RETRACT, `recall:${target}:${context.receivedMs}`, 0, context),
    retraction: { source: RetractionSource.PLATFORM, commentIds: [target], authorId: target },
  };
}
