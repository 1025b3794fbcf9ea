import type { Comment } from "../../comments/comment.ts";
import { type JsonObject, object, parseJson } from "../json.ts";
import { type MessageContext, MessageError } from "../message.ts";
import { chatComment, decodeChat } from "./chat.ts";
import { giftComment, giftComments, guardBuy, guardToast, superChat, superChatDelete } from "./gifts.ts";
import { entryEffect, interactWord, interactWordV2, likeClick, likeTotal } from "./people.ts";
import {
  liveEnd,
  liveStart,
  loginNotice,
  moderation,
  online,
  onlineRank,
  recall,
  roomChange,
  silence,
  userBlocked,
  watched,
} from "./room-messages.ts";

type Parser = (message: JsonObject, context: MessageContext) => Comment | Comment[] | undefined;

/** COMBO_SEND is missing on purpose: it sums up gifts that came one by one. */
const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ["DANMU_MSG", chatComment],
  ["DANMU_MSG_MIRROR", chatComment],
  ["SEND_GIFT", giftComment],
  ["SEND_GIFT_V2", giftComments],
  ["SUPER_CHAT_MESSAGE", superChat],
  ["SUPER_CHAT_MESSAGE_JPN", superChat],
  ["SUPER_CHAT_MESSAGE_DELETE", superChatDelete],
  ["GUARD_BUY", guardBuy],
  ["USER_TOAST_MSG", guardToast],
  ["USER_TOAST_MSG_V2", guardToast],
  ["INTERACT_WORD", interactWord],
  ["INTERACT_WORD_V2", interactWordV2],
  ["ENTRY_EFFECT", entryEffect],
  ["LIKE_INFO_V3_CLICK", likeClick],
  ["LIKE_INFO_V3_UPDATE", likeTotal],
  ["LIVE", liveStart],
  ["PREPARING", liveEnd],
  ["ROOM_CHANGE", roomChange],
  ["WATCHED_CHANGE", watched],
  ["ONLINE_RANK_COUNT", online],
  ["ONLINE_RANK_V3", onlineRank],
  ["CUT_OFF", moderation],
  ["CUT_OFF_V2", moderation],
  ["WARNING", moderation],
  ["ROOM_LOCK", moderation],
  ["ROOM_SILENT_ON", silence],
  ["ROOM_SILENT_OFF", silence],
  ["ROOM_BLOCK_MSG", userBlocked],
  ["RECALL_DANMU_MSG", recall],
  ["LOG_IN_NOTICE", loginNotice],
]);

type Command = JsonObject & { readonly cmd: string };

function commandIn(value: unknown): Command {
  const outer = object(value);
  const message = typeof outer.cmd === "string" ? outer : object(outer.msg ?? object(outer.data).msg);
  if (typeof message.cmd !== "string") throw new MessageError("no-cmd");
  return message as Command;
}

/** The command inside the body of an op-5 packet; some versions wrap it in `msg`. Throws MessageError. */
export function parseCommand(body: Buffer): Command {
  try {
    return commandIn(parseJson(body.toString("utf8")));
  } catch (cause) {
    if (cause instanceof MessageError) throw cause;
    throw new MessageError("json", { cause });
  }
}

/** What a command says, in our terms: mostly one comment, none for what is noise. Throws MessageError. */
export function commentsOf(message: Command, context: MessageContext): readonly Comment[] {
  const colon = message.cmd.indexOf(":");
  const parse = parsers.get(colon < 0 ? message.cmd : message.cmd.slice(0, colon));
  const result = parse?.(message, context);
  return result === undefined ? [] : Array.isArray(result) ? result : [result];
}

/** Long, frequent and of no use: not even parsed. */
const NOISE = /^\{"cmd":"(?:STOP_LIVE_ROOM_LIST|NOTICE_MSG|WIDGET_BANNER|HOT_RANK|PK_|COMBO_SEND)/;

/** Nearly everything is chat, and nobody needs its ids as more than doubles hold. */
const CHAT = /^\{"cmd":"DANMU_MSG[":]/;

/** The comments in the body of an op-5 packet. Throws MessageError. */
export function decodeComments(body: Buffer, context: MessageContext): readonly Comment[] {
  const begin = body.toString("latin1", 0, 40);
  if (CHAT.test(begin)) {
    const chat = decodeChat(body.toString("utf8"), context);
    if (chat) return [chat];
  }
  if (NOISE.test(begin)) return [];
  return commentsOf(parseCommand(body), context);
}
