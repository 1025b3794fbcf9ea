import { cleanComment } from "../../src/clean/clean-text.ts";
import type { Comment } from "../../src/comments/comment.ts";
import { decodeComments } from "../../src/rooms/bilibili/messages.ts";
import { Operation, type Packet, PacketReader, PacketStream } from "../../src/rooms/bilibili/packets.ts";
import { commentOf as openComment } from "../../src/rooms/bilibili-open/messages.ts";
import { Feed } from "../../src/rooms/custom/feed.ts";
import { readPush } from "../../src/rooms/douyin/frames.ts";
import { commentOf as douyinComment } from "../../src/rooms/douyin/messages.ts";
import { readMessage } from "../../src/rooms/douyu/messages.ts";
import { PacketReader as DouyuReader } from "../../src/rooms/douyu/packets.ts";
import { pushComments } from "../../src/rooms/huya/messages.ts";
import { readTars, TarsError } from "../../src/rooms/huya/tars.ts";
import { object, parseJson } from "../../src/rooms/json.ts";
import { FrameError, Payload, readFrame } from "../../src/rooms/kuaishou/frames.ts";
import { Combos, feedComments, watching } from "../../src/rooms/kuaishou/messages.ts";
import { MessageError } from "../../src/rooms/message.ts";
import { encodeMessage, lookupType } from "../../src/rpc/proto.ts";

const type = lookupType("feimu.v1.Comment");
const MAX_COMBOS_AGE = 1_000;
let serial = 0;
const context = {
  platform: "fuzz",
  room: "1",
  receivedMs: 1_800_000_000_000,
  nextId: () => String(++serial),
};

/** What a room's reader says of what it cannot read. */
const known = [MessageError, TarsError, FrameError, SyntaxError];
/** Lets through what is said so, and throws what is a fault of ours. */
function orProblem(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!known.some((one) => error instanceof one)) throw error;
  }
}

let told: Comment[] = [];
/** All that happens to a comment before it is told. */
function take(comment: Comment | undefined): void {
  if (!comment) return;
  const cleaned = cleanComment(comment);
  encodeMessage(type, cleaned);
  told.push(cleaned);
}

/** What everybody is told of the bytes of a connection. */
export function tellingOf(platform: string, bytes: Buffer): Comment[] {
  told = [];
  parsers[platform]?.(bytes);
  return told;
}

const ignore = () => {};
let combos = new Combos();
const feeds = [
  new Feed({ format: "json", mapping: undefined }),
  new Feed({ format: "json", mapping: { comments: "$..items[*]", text: "$.t", id: "$.i", author: "$.u.n" } }),
  new Feed({ format: "protobuf", mapping: undefined }),
];

/** From the bytes of a connection to comments as they are told, by platform. */
export const parsers: Readonly<Record<string, (bytes: Buffer) => void>> = {
  bilibili(bytes) {
    const onPacket = ({ operation, body }: Packet) => {
      if (operation !== Operation.MESSAGE) return;
      orProblem(() => {
        for (const comment of decodeComments(body, context)) take(comment);
      });
    };
    new PacketReader(onPacket, ignore).read(bytes);
    const stream = new PacketStream(onPacket, ignore);
    for (let at = 0; at < bytes.length; at += 7) if (!stream.push(bytes.subarray(at, at + 7))) return;
  },
  "bilibili-open"(bytes) {
    const onPacket = ({ operation, body }: Packet) => {
      if (operation !== Operation.MESSAGE) return;
      orProblem(() => take(openComment(object(parseJson(body.toString("utf8"))), context)));
    };
    new PacketReader(onPacket, ignore).read(bytes);
  },
  douyu(bytes) {
    const gifts = new Map([["1", { name: "飞机", priceMilli: 100_000 }]]);
    const onText = (text: Buffer) => orProblem(() => take(readMessage(text).comment({ ...context, gifts })));
    new DouyuReader(onText, ignore).read(bytes);
    const stream = new DouyuReader(onText, ignore);
    for (let at = 0; at < bytes.length; at += 5) if (!stream.push(bytes.subarray(at, at + 5))) return;
  },
  huya(bytes) {
    orProblem(() => {
      const message = readTars(bytes);
      const [command, data] = [message.get(0), message.get(1)];
      if (typeof command !== "number" || !Buffer.isBuffer(data)) return;
      for (const comment of pushComments(command, data, context)) take(comment);
    });
  },
  kuaishou(bytes) {
    if (++serial % MAX_COMBOS_AGE === 0) combos = new Combos();
    orProblem(() => {
      const { payloadType, payload } = readFrame(bytes);
      if (payloadType === Payload.FEED_PUSH) {
        for (const comment of feedComments(payload, { ...context, gifts: new Map(), combos })) take(comment);
      } else if (payloadType === Payload.WATCHING_LIST) take(watching(payload?.watchingCount, context));
    });
  },
  douyin(bytes) {
    orProblem(() => {
      for (const { method, payload, id } of readPush(bytes)?.messages ?? []) {
        orProblem(() => take(douyinComment(method, payload, id, context)));
      }
    });
  },
  custom(bytes) {
    for (const feed of feeds) {
      orProblem(() => {
        for (const comment of feed.read(bytes, undefined, context, ignore)) take(comment);
      });
    }
  },
};
