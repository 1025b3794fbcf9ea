import type { IncomingMessage } from "node:http";
import { deflateSync } from "node:zlib";
import { formatPacket, Operation, type Packet, PacketReader } from "../../rooms/bilibili/packets.ts";
import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const PREFIX = "LIVE_OPEN_PLATFORM_";
const GONE = { code: 7003, message: "心跳过期或GameId错误" };

/** A room of Bilibili's open platform: the app's calls with their signatures, zlib frames over WebSocket. */
export class BilibiliOpenRoomSimulator extends RoomSimulator {
  readonly #room: string;
  #game = "";
  /** Calls of the app, by their last word. */
  readonly calls: string[] = [];
  protected override readonly ownMisbehaviours = {
    "forget-game": () => {
      this.#game = "";
    },
    "end-game": () => this.broadcast(this.#frame("INTERACTION_END", { game_id: this.#game })),
  };

  constructor(room: string) {
    super();
    this.#room = room;
  }

  protected override takesPath(path: string): boolean {
    return path === "/sub";
  }

  #frame(name: string, data: object): Buffer {
    const inner = formatPacket(Operation.MESSAGE, JSON.stringify({ cmd: PREFIX + name, data }), 0);
    return formatPacket(Operation.MESSAGE, deflateSync(inner), 2);
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    return sayings.map(({ kind, text = "", author = STRANGER, price = 30 }) => {
      const timestamp = Math.floor(Date.now() / 1_000);
      const person = {
        uname: author,
        open_id: `open-${uidOf(author)}`,
        uface: "",
        msg_id: unique(),
        timestamp,
      };
      switch (kind) {
        case "gift":
          return this.#frame("SEND_GIFT", {
            ...person,
            gift_id: 31_036,
            gift_name: text,
            gift_num: 1,
            price: price * 1_000,
            r_price: price * 1_000,
            paid: true,
          });
        case "superChat":
          return this.#frame("SUPER_CHAT", {
            ...person,
            message_id: Number(unique().slice(-9)),
            message: text,
            rmb: price,
            start_time: timestamp,
            end_time: timestamp + 60,
          });
        case "enter":
          return this.#frame("LIVE_ROOM_ENTER", person);
        case "like":
          return this.#frame("LIKE", { ...person, like_text: "点赞了" });
        default:
          return this.#frame("DM", { ...person, msg: text, dm_type: 0 });
      }
    });
  }

  protected packetOf(message: object): Buffer {
    const { name, data } = message as { name: string; data: object };
    return this.#frame(name, data);
  }

  protected garbage(): Buffer[] {
    return [
      formatPacket(Operation.MESSAGE, "{nonsense", 0),
      this.#frame("DM", [1]),
      this.#frame("SUPER_CHAT_DEL", {}),
    ];
  }

  protected session(client: Client): (bytes: Buffer) => void {
    const onPacket = ({ operation, body }: Packet) => {
      if (operation === Operation.AUTH) {
        if (this.refusesAuth() || this.#game === "" || body.toString() !== this.#hello) return client.end();
        client.send(formatPacket(Operation.AUTH_REPLY, '{"code":0}'));
        client.join();
      } else if (operation === Operation.HEARTBEAT) {
        client.send(formatPacket(Operation.HEARTBEAT_REPLY, Buffer.from([0, 0, 0, 1])));
      }
      client.keep();
    };
    const reader = new PacketReader(onPacket, () => client.end());
    return (bytes) => reader.read(bytes);
  }

  get #hello(): string {
    return JSON.stringify({ roomid: Number(this.#room), game: this.#game });
  }

  protected answer({ pathname }: URL, { headers }: IncomingMessage): HttpReply {
    const call = /^\/v2\/app\/(\w+)$/.exec(pathname)?.[1];
    if (!call) return undefined;
    this.calls.push(call);
    if (!/^[0-9a-f]{64}$/.test(headers.authorization ?? "") || !headers["x-bili-content-md5"]) {
      return { code: 4002, message: "签名错误" };
    }
    if (call === "start") {
      this.#game = `game-${unique()}`;
      const wss_link = [`ws://${this.host}:${this.port}/sub`];
      return {
        code: 0,
        data: {
          game_info: { game_id: this.#game },
          websocket_info: { auth_body: this.#hello, wss_link },
          anchor_info: { room_id: Number(this.#room), uname: "飞幕演示直播间" },
        },
      };
    }
    if (call === "end") this.#game = "";
    return call === "heartbeat" && this.#game === "" ? GONE : { code: 0, data: {} };
  }
}
