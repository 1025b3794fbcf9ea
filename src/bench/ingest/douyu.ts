import { readMessage } from "../../rooms/douyu/messages.ts";
import { FROM_SERVER, formatPacket, PacketReader } from "../../rooms/douyu/packets.ts";
import { formatStt } from "../../rooms/douyu/stt.ts";
import { race, times } from "./race.ts";

const MESSAGES = 8_000;
const A_FRAME = 3;
const texts = [
  "哈哈哈哈",
  "主播好强",
  "666666",
  "这波操作我给满分，再来一次",
  "Nice shot!",
  "1/2 @你 [emot:dy101]",
];

/** Chats and gifts with the fields of today's page, three in a WebSocket message. */
function makeFrames(): Buffer[] {
  return Array.from({ length: Math.ceil(MESSAGES / A_FRAME) }, (_, frame) =>
    Buffer.concat(
      Array.from({ length: A_FRAME }, (_, index) => {
        const serial = frame * A_FRAME + index;
        const person = {
          rid: "7777777",
          uid: 10_000 + (serial % 997),
          nn: `观众${serial % 997}`,
          ic: "avatar_v3/201902/0123456789abcdef0123456789abcdef",
          level: 38,
          bnn: "牌子",
          bl: 21,
          brid: 7_777_777,
          hc: "d48b0bb9",
          el: [{ eid: 1_500_000_113, etp: 1, sc: 1, ef: 0 }],
        };
        const message =
          serial % 8 === 7
            ? {
                type: "dgb",
                ...person,
                gfid: 824,
                gs: 0,
                gfcnt: 10,
                hits: 50,
                bcnt: 5,
                gfn: "荧光棒",
                pid: 268,
              }
            : {
                type: "chatmsg",
                ...person,
                ct: 14,
                txt: `${texts[serial % texts.length]}${serial}`,
                cid: `00bd3553ee494c929f45${serial}`,
                sahf: 0,
                nl: 1,
                col: 1,
                cst: 1_609_614_129_227 + serial,
                ifs: 1,
                lk: "",
                fl: 21,
                urlev: 18,
                dms: 5,
                ext: "",
              };
        return formatPacket(formatStt(message), FROM_SERVER);
      }),
    ),
  );
}

function ours(frames: readonly Buffer[]): number {
  let comments = 0;
  let serial = 0;
  const context = {
    platform: "douyu",
    room: "7777777",
    receivedMs: Date.now(),
    gifts: new Map(),
    nextId: () => String(++serial),
  };
  const reader = new PacketReader(
    (bytes) => {
      if (readMessage(bytes).comment(context)) comments++;
    },
    (problem) => {
      throw new Error(problem);
    },
  );
  for (const frame of frames) reader.read(frame);
  return comments;
}

export async function benchDouyu(): Promise<object> {
  const [packetName, sttName] = ["douyudm/src/packet.js", "douyudm/src/stt.js"];
  const { default: Packet } = await import(packetName);
  const { default: STT } = await import(sttName);
  const frames = makeFrames();
  const { feimu, douyudm } = await race({
    feimu: () => ours(frames),
    douyudm: () => {
      let messages = 0;
      for (const frame of frames) {
        Packet.Decode(frame, (text: string) => {
          if (STT.deserialize(text)) messages++;
        });
      }
      return messages;
    },
  });
  return { perSecond: feimu, peers: { douyudm }, vsPeer: times(feimu, douyudm) };
}
