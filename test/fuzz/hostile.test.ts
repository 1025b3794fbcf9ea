import assert from "node:assert/strict";
import { MAX_NAME, MAX_TEXT } from "../../src/clean/clean-text.ts";
import { Kind } from "../../src/comments/comment.ts";
import { type SimulatedName, simulators } from "../../src/simulators/registry.ts";
import type { Saying } from "../../src/simulators/saying.ts";
import { parsers, tellingOf } from "./parsers.ts";

const platforms = Object.keys(parsers) as SimulatedName[];
/** What a platform would send for it. */
function bytesOf(platform: SimulatedName, saying: Saying): Buffer {
  const simulator = simulators[platform]("1") as unknown as { packets(all: Saying[]): Uint8Array[] };
  return Buffer.concat(simulator.packets([saying]));
}
const chats = (platform: SimulatedName, saying: Saying) =>
  tellingOf(platform, bytesOf(platform, saying)).filter(({ kind }) => kind === Kind.CHAT);

describe("what somebody says to break a box", () => {
  for (const platform of platforms) {
    it(`is cut or left out when it is 10 MB long: ${platform}`, () => {
      for (const text of [
        "x".repeat(10 << 20),
        "弹".repeat(3 << 20),
        "e\u0301".repeat(3 << 20),
        "👨‍👩‍👧‍👦".repeat(1 << 18),
      ]) {
        const long = chats(platform, { text, author: text });
        assert(long.length <= 3);
        for (const comment of long) {
          assert((comment.text?.length ?? 0) <= MAX_TEXT * 16);
          assert((comment.author?.name?.length ?? 0) <= MAX_NAME * 16);
        }
      }
    });

    it(`is well formed, and changes no object's nature: ${platform}`, () => {
      for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
        const [said] = chats(platform, { text: name, author: name });
        assert.deepEqual([said?.text, said?.author?.name], [name, name]);
      }
      const [said] = chats(platform, { text: "\ud800a\udfff\u202eb", author: "\udc00c" });
      assert.match(said?.text ?? "", /^\ufffd*a\ufffd*b$/u, "what is no character is none of ours either");
      assert((said?.author?.name ?? "").isWellFormed());
      assert.equal(Object.keys(Object.prototype).length, 0);
    });

    it(`is no length below nothing or beyond the end: ${platform}`, () => {
      const bytes = bytesOf(platform, { text: "a" });
      for (let at = 0; at + 4 <= Math.min(bytes.length, 48); at++) {
        for (const length of [0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
          for (const write of ["writeUInt32LE", "writeUInt32BE"] as const) {
            const broken = Buffer.from(bytes);
            broken[write](length, at);
            assert(tellingOf(platform, broken).length <= 3);
          }
        }
      }
    });
  }

  it("keeps ids beyond 2^53 as they are", () => {
    const chat = (uid: string) =>
      `{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,1700000000000,0,0,"",0,0,0,"",0,"{}","{}",{"extra":"{\\"id_str\\":\\"${uid}\\"}","user":{}}],"hi",[${uid},"a",0,0,0,0,1,""],[],[],["",""],0,0,null,{"ts":1,"ct":"A"}]}`;
    for (const uid of ["9007199254740993", "18446744073709551615", "3546578901234567890"]) {
      const body = Buffer.from(chat(uid));
      const header = Buffer.alloc(16);
      header.writeUInt32BE(16 + body.length, 0);
      header.writeUInt16BE(16, 4);
      header.writeUInt32BE(5, 8);
      const [said] = tellingOf("bilibili", Buffer.concat([header, body]));
      assert.deepEqual([said?.author?.id, said?.id], [uid, uid]);
    }
  });
});
