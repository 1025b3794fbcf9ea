import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompress, brotliDecompressSync } from "node:zlib";
import { decodeComments } from "../../rooms/bilibili/messages.ts";
import { formatPacket, HEADER_BYTES, Operation, PacketReader } from "../../rooms/bilibili/packets.ts";
import { commandOf } from "../../simulators/bilibili/commands.ts";
import type { Saying } from "../../simulators/saying.ts";
import { race, times } from "./race.ts";

const MESSAGES = 8_000;
/** What a busy room says: chats of all lengths, and what comes between them. */
const kinds = ["chat", "chat", "chat", "chat", "chat", "chat", "enter", "gift", "like", "chat"] as const;
const texts = [
  "哈哈哈哈",
  "主播好强",
  "666666",
  "这波操作我给满分，再来一次",
  "Nice shot!",
  "？？？",
  "笑死我了😂",
];

function makeFrames(perFrame: number): Buffer[] {
  let serial = 0;
  return Array.from({ length: MESSAGES / perFrame }, () => {
    const packets = Array.from({ length: perFrame }, () => {
      serial++;
      const saying: Saying = {
        kind: kinds[serial % kinds.length]!,
        text: `${texts[serial % texts.length]}${serial}`,
        author: `观众${serial % 997}`,
        colour: (serial * 7919) & 0xffffff,
      };
      return formatPacket(
        Operation.MESSAGE,
        JSON.stringify(commandOf(saying, 1_800_000_000_000 + serial)),
        0,
      );
    });
    return formatPacket(Operation.MESSAGE, brotliCompressSync(Buffer.concat(packets)), 3);
  });
}

/** Ours: frames to comments, every field copied. */
function ours(frames: readonly Buffer[]): number {
  let comments = 0;
  let serial = 0;
  const context = {
    platform: "bilibili",
    room: "21452505",
    receivedMs: Date.now(),
    nextId: () => String(++serial),
  };
  const reader = new PacketReader(
    ({ body }) => {
      comments += decodeComments(body, context).length;
    },
    (problem) => {
      throw new Error(problem);
    },
  );
  for (const frame of frames) reader.read(frame);
  return comments;
}

/** The floor of any decoder in JavaScript: the same bytes through zlib's brotli and JSON.parse, nothing read. */
function floor(frames: readonly Buffer[]): number {
  let messages = 0;
  for (const frame of frames) {
    const inner = brotliDecompressSync(frame.subarray(HEADER_BYTES));
    for (let at = 0; at < inner.length; at += inner.readUInt32BE(at)) {
      JSON.parse(inner.toString("utf8", at + HEADER_BYTES, at + inner.readUInt32BE(at)));
      messages++;
    }
  }
  return messages;
}

type Decoder = (frame: Buffer) => Promise<unknown[]>;
async function peer(decode: Decoder, frames: readonly Buffer[]): Promise<number> {
  let messages = 0;
  for (const frame of frames) messages += (await decode(frame)).length;
  return messages;
}

/** Brotli frames, beside the package bilibili-live-ws and beside brotli and JSON.parse alone. */
export async function benchBilibili(): Promise<object> {
  const name = "bilibili-live-ws/src/buffer.js";
  const { makeDecoder } = (await import(name)).default;
  const decode: Decoder = makeDecoder({
    inflateAsync: undefined,
    brotliDecompressAsync: promisify(brotliDecompress),
  });
  const rows: Record<string, object> = {};
  let middle = { perSecond: 0, vsPeer: 0 };
  for (const perFrame of [1, 5, 20]) {
    const frames = makeFrames(perFrame);
    const rates = await race({
      feimu: () => ours(frames),
      "bilibili-live-ws": () => peer(decode, frames),
      "brotli and JSON.parse": () => floor(frames),
    });
    const { feimu, ...peers } = rates;
    const vsPeer = times(feimu, peers["bilibili-live-ws"]);
    if (perFrame === 5) middle = { perSecond: feimu, vsPeer };
    rows[`perFrame${perFrame}`] = {
      perSecond: feimu,
      peers,
      vsPeer,
      vsFloor: times(feimu, peers["brotli and JSON.parse"]),
    };
  }
  return { ...middle, ...rows };
}
