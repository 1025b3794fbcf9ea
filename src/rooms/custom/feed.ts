import { type JSONPathQuery, type JSONValue, jsonpath } from "json-p3";
import { type Comment, Kind } from "../../comments/comment.ts";
import { decodeMessage, lookupType, type Message } from "../../rpc/proto.ts";
import { number, object, parseJson, string } from "../json.ts";
import { base, type MessageContext, MessageError } from "../message.ts";
import type { FeedConfig } from "./feed-schema.ts";

const MAX_BYTES = 1 << 20;
/** Comments in one message. */
const MAX_COMMENTS = 1_000;
const MAX_ID = 128;
/** Cleaning leaves far less of it. */
const MAX_TEXT = 2_000;
const MAX_EMOTES = 50;
const MAX_RETRACTED = 1_000;
/** A time further away than this is a clock that is wrong. */
const DAY_MS = 86_400_000;
/** Below this a time since 1970 is in seconds: as milliseconds it would lie in 1970. */
const LEAST_MS = 1e11;

const commentType = lookupType("feimu.v1.Comment");
const kindNames: Readonly<Record<string, Kind>> = Kind;

type Paths = Readonly<Partial<Record<keyof NonNullable<FeedConfig["mapping"]>, JSONPathQuery>>>;

/** What other systems say, as comments: decoded, brought to the fields of a Comment, and judged. Bad parts are problems, not ends. */
export class Feed {
  readonly #format: FeedConfig["format"];
  readonly #paths: Paths | undefined;
  /** Where the last message said to go on. */
  cursor = "";

  constructor({ format, mapping }: Pick<FeedConfig, "format" | "mapping">) {
    this.#format = format;
    this.#paths =
      mapping &&
      Object.fromEntries(
        Object.entries(mapping).flatMap(([field, path]) => (path ? [[field, jsonpath.compile(path)]] : [])),
      );
  }

  /** `id`: of the message, for comments that have none of their own. Throws MessageError for a message that cannot be read at all. */
  read(
    bytes: Uint8Array,
    id: string | undefined,
    context: MessageContext,
    onProblem: (problem: string) => void,
  ): Comment[] {
    if (bytes.length > MAX_BYTES) throw new MessageError("a message of more than 1 MiB");
    const messages = this.#format === "protobuf" ? [decoded(bytes)] : this.#fromJson(bytes);
    const comments: Comment[] = [];
    for (const [index, message] of messages.entries()) {
      if (index === MAX_COMMENTS) {
        onProblem(`more than ${MAX_COMMENTS} comments in a message`);
        break;
      }
      try {
        const ownId = id === undefined ? context.nextId() : index === 0 ? id : `${id}-${index}`;
        comments.push(judged(typeof message === "function" ? message() : message, ownId, context));
      } catch (error) {
        onProblem(error instanceof MessageError ? error.message : String(error));
      }
    }
    return comments;
  }

  #fromJson(bytes: Uint8Array): (() => Message)[] {
    let value: JSONValue;
    try {
      value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as JSONValue;
    } catch (cause) {
      throw new MessageError("not JSON in UTF-8", { cause });
    }
    const paths = this.#paths;
    if (!paths) return listOf([value]).map((one) => () => verified(one));
    this.cursor = string(first(paths.cursor, value)).slice(0, 1_024) || this.cursor;
    return listOf(all(paths.comments, value)).map((one) => () => mapped(one, paths));
  }
}

/** A list that was found stands for what is in it. */
function listOf(found: readonly JSONValue[]): JSONValue[] {
  return found.flatMap((value) => (Array.isArray(value) ? value : [value]));
}

function all(path: JSONPathQuery | undefined, value: JSONValue): JSONValue[] {
  return path?.query(value).values() ?? [];
}

const first = (path: JSONPathQuery | undefined, value: JSONValue) => all(path, value)[0];

function decoded(bytes: Uint8Array): Message {
  try {
    return decodeMessage(commentType, bytes);
  } catch (cause) {
    throw new MessageError("not a feimu.v1.Comment", { cause });
  }
}

/** JSON with the fields of feimu.v1.Comment; its kind may be a name. */
function verified(value: JSONValue): Message {
  const given = object(value);
  const { kind } = given;
  const message = { ...given, ...(typeof kind === "string" && { kind: kindNames[kind] ?? Kind.UNKNOWN }) };
  const wrong = commentType.verify(message);
  if (wrong) throw new MessageError(`not the fields of a comment: ${wrong}`);
  return commentType.toObject(commentType.fromObject(message), { longs: Number, arrays: true });
}

function mapped(value: JSONValue, paths: Paths): Message {
  const text = (field: keyof Paths) => string(first(paths[field], value));
  const author = { id: text("authorId"), name: text("author") };
  return {
    id: text("id"),
    text: text("text"),
    timeMs: timeOf(first(paths.time, value)),
    author,
    ...colourOf(first(paths.colour, value)),
  };
}

function timeOf(value: unknown): number {
  const given = number(value, Number.NaN);
  const ms = Number.isNaN(given) ? Date.parse(string(value)) : given < LEAST_MS ? given * 1_000 : given;
  return Number.isFinite(ms) ? ms : 0;
}

function colourOf(value: unknown): { colour?: number } {
  const hex = typeof value === "string" ? /^#?([0-9a-f]{6})$/i.exec(value)?.[1] : undefined;
  const colour = hex === undefined ? number(value, -1) : Number.parseInt(hex, 16);
  return Number.isInteger(colour) && colour >= 0 && colour <= 0xff_ffff ? { colour } : {};
}

/** What may come from outside, within its limits. Verdict, number, platform and room are ours to say. */
function judged(message: Message, ownId: string, context: MessageContext): Comment {
  const { author = {}, gift, price, retraction, roomState, emotes = [], colour, mode, durationS } = message;
  const kind: Kind = message.kind || Kind.CHAT;
  const text = string(message.text).slice(0, MAX_TEXT);
  if ((kind === Kind.CHAT || kind === Kind.SUPER_CHAT || kind === Kind.NOTICE) && text.trim() === "") {
    throw new MessageError("a comment without text");
  }
  const timeMs = Math.trunc(number(message.timeMs));
  const near = Math.abs(timeMs - context.receivedMs) < DAY_MS;
  const short = (value: unknown) => string(value).slice(0, MAX_ID);
  return {
    ...base(kind, short(message.id) || ownId, near ? timeMs : 0, context),
    author: { ...author, id: short(author.id), name: short(author.name) },
    ...(text && { text }),
    ...(emotes.length > 0 && { emotes: emotes.slice(0, MAX_EMOTES) }),
    ...(colour !== undefined && { colour: colour & 0xff_ffff }),
    ...(mode !== undefined && { mode }),
    ...(gift && { gift }),
    ...(price && { price }),
    ...(durationS !== undefined && { durationS }),
    ...(roomState && { roomState }),
    ...(kind === Kind.RETRACT && {
      retraction: {
        ...retraction,
        source: 0,
        commentIds: (retraction?.commentIds ?? []).slice(0, MAX_RETRACTED),
      },
    }),
  };
}
