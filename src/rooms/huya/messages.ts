import { type Author, type Comment, Kind } from "../../comments/comment.ts";
import { base, type MessageContext } from "../message.ts";
import { readTars, type TarsStruct, type TarsValue, writeTars } from "./tars.ts";

export const Command = {
  HEARTBEAT: 3,
  HEARTBEAT_ANSWER: 4,
  PUSH: 7,
  REGISTER_GROUP: 16,
  REGISTER_GROUP_ANSWER: 17,
  PUSH_V2: 22,
} as const;

const MAX_COUNT = 0xffff_ffff;

export const formatCommand = (command: number, data: Uint8Array) => writeTars({ 0: command, 1: data });

const text = (value: TarsValue | undefined) =>
  typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : "";
const count = (value: TarsValue | undefined) =>
  typeof value === "number" || typeof value === "bigint"
    ? Math.min(Math.max(Number(value), 0), MAX_COUNT)
    : 0;
const struct = (value: TarsValue | undefined): TarsStruct => (value instanceof Map ? value : new Map());
const list = (value: TarsValue | undefined): readonly TarsValue[] => (Array.isArray(value) ? value : []);

/** 0 as an id: nobody. */
const idOf = (value: TarsValue | undefined) => {
  const id = text(value);
  return id === "0" ? "" : id;
};

type Parser = (fields: TarsStruct, id: string, context: MessageContext) => Comment;

function chat(fields: TarsStruct, id: string, context: MessageContext): Comment {
  const user = struct(fields.get(0));
  const author: Author = { id: idOf(user.get(0)), name: text(user.get(2)) };
  const avatar = text(user.get(4));
  if (avatar) author.avatarUrl = avatar;
  const colour = struct(fields.get(6)).get(0);
  return {
    ...base(Kind.CHAT, id, 0, context),
    author,
    text: text(fields.get(3)),
    // -1: the platform's own.
    colour: typeof colour === "number" && colour >= 0 ? colour & 0xff_ffff : 0xff_ffff,
  };
}

function gift(fields: TarsStruct, id: string, context: MessageContext): Comment {
  return {
    ...base(Kind.GIFT, `gift:${text(fields.get(1)) || id}`, 0, context),
    author: { id: idOf(fields.get(4)), name: text(fields.get(6)) },
    gift: { id: text(fields.get(0)), name: text(fields.get(20)), count: count(fields.get(2)) },
  };
}

/** Only those with a rank are announced. */
function enter(fields: TarsStruct, id: string, context: MessageContext): Comment {
  return {
    ...base(Kind.ENTER, id, 0, context),
    author: { id: idOf(fields.get(0)), name: text(fields.get(1)) },
  };
}

const onAir =
  (live: boolean): Parser =>
  (_fields, id, context) => ({ ...base(Kind.ROOM_STATE, id, 0, context), roomState: { live } });

function attendees(fields: TarsStruct, id: string, context: MessageContext): Comment {
  return { ...base(Kind.ROOM_STATE, id, 0, context), roomState: { online: count(fields.get(0)) } };
}

const parsers: ReadonlyMap<number, Parser> = new Map([
  [1400, chat],
  [6501, gift],
  [6110, enter],
  [8000, onAir(true)],
  [8001, onAir(false)],
  [8006, attendees],
]);

function commentOf(
  uri: TarsValue | undefined,
  message: TarsValue | undefined,
  messageId: TarsValue | undefined,
  context: MessageContext,
): Comment | undefined {
  const parse = parsers.get(count(uri));
  if (!parse || !Buffer.isBuffer(message)) return undefined;
  return parse(readTars(message), idOf(messageId) || context.nextId(), context);
}

/** What a push tells; most are of no use here. Throws TarsError. */
export function pushComments(command: number, data: Buffer, context: MessageContext): Comment[] {
  const push = readTars(data);
  const comments =
    command === Command.PUSH
      ? [commentOf(push.get(1), push.get(2), push.get(5), context)]
      : list(push.get(1))
          .map(struct)
          .map((item) => commentOf(item.get(0), item.get(1), item.get(2), context));
  return comments.filter((comment) => comment !== undefined);
}
