import { loadProto } from "../../rpc/proto.ts";
import type { JsonObject } from "../json.ts";
import { MessageError } from "../message.ts";

const root = loadProto("rooms/bilibili.proto");
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Real ones are below 4 KiB. */
const MAX_BASE64 = 1 << 20;

/** `data.pb` as a plain object, 64-bit integers as text. Throws MessageError. */
function decoder(name: string): (value: unknown) => JsonObject {
  const type = root.lookupType(`rooms.bilibili.${name}`);
  return (value) => {
    if (typeof value !== "string" || value.length > MAX_BASE64 || !BASE64.test(value)) {
      throw new MessageError(`${name}: pb is not base64`);
    }
    try {
      return type.toObject(type.decode(Buffer.from(value, "base64")), { longs: String, arrays: true });
    } catch (cause) {
      throw new MessageError(`${name}: pb cannot be decoded`, { cause });
    }
  };
}

export const decodeInteractWord = decoder("InteractWord");
export const decodeGifts = decoder("SendGiftBroadcast");
export const decodeGoldRank = decoder("GoldRankBroadcast");
