import { gunzipSync } from "node:zlib";
import type protobuf from "protobufjs";
import { loadProto, type Message } from "../../rpc/proto.ts";

const root = loadProto("rooms/kuaishou.proto");
const typeNamed = (name: string) => root.lookupType(`rooms.kuaishou.${name}`);
const socketMessage = typeNamed("SocketMessage");

export const Payload = {
  HEARTBEAT: 1,
  HEARTBEAT_ACK: 101,
  ERROR: 103,
  ENTER_ROOM: 200,
  USER_EXIT: 202,
  ENTER_ROOM_ACK: 300,
  AUTHOR_PAUSE: 301,
  AUTHOR_RESUME: 302,
  FEED_PUSH: 310,
  WATCHING_LIST: 340,
} as const;

const types: Readonly<Record<number, protobuf.Type>> = {
  [Payload.HEARTBEAT]: typeNamed("Moment"),
  [Payload.ERROR]: typeNamed("Failure"),
  [Payload.ENTER_ROOM]: typeNamed("EnterRoom"),
  [Payload.USER_EXIT]: typeNamed("Moment"),
  [Payload.ENTER_ROOM_ACK]: typeNamed("EnterRoomAck"),
  [Payload.AUTHOR_PAUSE]: typeNamed("Moment"),
  [Payload.AUTHOR_RESUME]: typeNamed("Moment"),
  [Payload.FEED_PUSH]: typeNamed("FeedPush"),
  [Payload.WATCHING_LIST]: typeNamed("WatchingList"),
};

const GZIP = 2;
const AES = 3;
/** Of one message; real ones are below 64 KiB. */
const MAX_INFLATED_BYTES = 8 << 20;

export type FrameProblem = "protobuf" | "decompress" | "encrypted" | "unknown-compression";

/** A message that cannot be read. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly problem: FrameProblem;
  constructor(problem: FrameProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

export function encodePayload(payloadType: number, payload: Message): Uint8Array {
  const type = types[payloadType];
  if (!type) throw new Error(`no payload type ${payloadType}`);
  return type.encode(type.fromObject(payload)).finish();
}

/** The bytes of one WebSocket message. Without `compressionType` the field is left out, as browsers do. */
export function formatFrame(payloadType: number, payload: Uint8Array, compressionType?: 1 | 2): Buffer {
  const message = { payloadType, payload, ...(compressionType && { compressionType }) };
  return Buffer.from(socketMessage.encode(message).finish());
}

function inflated(compression: number, payload: Uint8Array): Uint8Array {
  if (compression < GZIP) return payload;
  if (compression === AES) throw new FrameError("encrypted");
  if (compression > AES) throw new FrameError("unknown-compression");
  try {
    return gunzipSync(payload, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (cause) {
    throw new FrameError("decompress", { cause });
  }
}

function decode(type: protobuf.Type, bytes: Uint8Array): Message {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new FrameError("protobuf", { cause });
  }
}

/** What one WebSocket message holds; without `payload` when nobody here reads its kind. Throws FrameError. */
export function readFrame(bytes: Uint8Array): { readonly payloadType: number; readonly payload?: Message } {
  const { payloadType, compressionType, payload } = decode(socketMessage, bytes);
  const type = types[payloadType];
  if (!type) return { payloadType };
  return { payloadType, payload: decode(type, inflated(compressionType, payload)) };
}

/** A 64-bit number; 0 when it is beyond 2^53. */
export function long(value: number | { toNumber(): number } | undefined): number {
  const plain = typeof value === "object" ? value.toNumber() : (value ?? 0);
  return Number.isSafeInteger(plain) && plain > 0 ? plain : 0;
}
