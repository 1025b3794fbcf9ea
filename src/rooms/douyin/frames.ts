import { gunzipSync } from "node:zlib";
import { loadProto, type Message } from "../../rpc/proto.ts";
import { MessageError } from "../message.ts";

const root = loadProto("rooms/douyin.proto");
const typeNamed = (name: string) => root.lookupType(`rooms.douyin.${name}`);
const pushFrame = typeNamed("PushFrame");
const responseType = typeNamed("Response");
const MAX_INFLATED_BYTES = 8 << 20;

export const HEARTBEAT = Buffer.from(pushFrame.encode({ payloadType: "hb" }).finish());

function decode(name: string, read: () => Message): Message {
  try {
    return read();
  } catch (cause) {
    throw new MessageError(name, { cause });
  }
}

/** Fields of one message, 64-bit integers as text. Throws MessageError. */
export function decodeFields(name: string, bytes: Uint8Array): Message {
  const type = typeNamed(name);
  return decode(name, () => type.toObject(type.decode(bytes), { longs: String, defaults: true }));
}

export function encodeFields(name: string, fields: Message): Uint8Array {
  const type = typeNamed(name);
  return type.encode(type.fromObject(fields)).finish();
}

export interface Push {
  readonly messages: readonly {
    readonly method: string;
    readonly payload: Uint8Array;
    readonly id: string;
  }[];
  /** To send at once, when the platform wants to know that this came. */
  readonly ack: Buffer | undefined;
}

/** What one WebSocket message tells; undefined for what is not a push. Throws MessageError. */
export function readPush(bytes: Uint8Array): Push | undefined {
  const frame = decode("frame", () => pushFrame.decode(bytes));
  if (frame.payloadType !== "msg") return undefined;
  const gzip = frame.headers.some(({ key, value }: Message) => key === "compress_type" && value === "gzip");
  const payload = gzip
    ? decode("decompress", () => gunzipSync(frame.payload, { maxOutputLength: MAX_INFLATED_BYTES }))
    : frame.payload;
  const { messages, internalExt, needAck } = decode("response", () => responseType.decode(payload));
  return {
    messages: messages.map((item: Message) => ({
      method: item.method,
      payload: item.payload,
      id: String(item.id),
    })),
    ack: needAck ? formatAck(frame.logId, internalExt) : undefined,
  };
}

export function formatAck(logId: unknown, internalExt: string): Buffer {
  const frame = { logId, payloadType: "ack", payload: Buffer.from(internalExt) };
  return Buffer.from(pushFrame.encode(pushFrame.fromObject(frame)).finish());
}

/** A push as the platform sends it. */
export function formatPush(
  items: readonly { method: string; payload: Uint8Array; id: string }[],
  logId: string,
): Buffer {
  const payload = responseType.encode(
    responseType.fromObject({ messages: items, internalExt: `seq:${logId}`, needAck: true }),
  );
  const frame = { logId, payloadType: "msg", payload: payload.finish() };
  return Buffer.from(pushFrame.encode(pushFrame.fromObject(frame)).finish());
}
