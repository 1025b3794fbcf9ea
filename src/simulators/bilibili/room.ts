import type { IncomingMessage } from "node:http";
import { brotliCompressSync, constants, deflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { formatPacket, Operation, type Packet, PacketStream } from "../../rooms/bilibili/packets.ts";
import { mixinKey, signQuery } from "../../rooms/bilibili/wbi.ts";
import { type Certificate, type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import type { Saying } from "../saying.ts";
import { commandOf, historyOf } from "./commands.ts";

const SHORT_ID = "732";
/** Entries of the history. */
const REMEMBERED = 10;
/** What a server can afford for a frame that it sends once. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** Red for 0.3 s, green for 0.3 s. */
const EMOTE = Buffer.from(
  "R0lGODlhEAAQAIAAAExpcf8AACH/C05FVFNDQVBFMi4wAwEAAAAh+QQFHgAAACwAAAAAEAAQAAACDoyPqcvtD6OctNqLsz4FACH5BAUeAAAALAAAAAAQABAAgExpcQD/AAIOjI+py+0Po5y02ouzPgUAOw==",
  "base64",
);

/** Sunset over the sea. */
function cover(): Buffer {
  const png = new PNG({ width: 96, height: 54 });
  for (let at = 0; at < png.data.length; at += 4) {
    const row = Math.floor(at / 4 / png.width);
    png.data.set([40 + row * 4, 60 + row, 140 - row, 255], at);
  }
  return PNG.sync.write(png);
}

const hex = (seed: number) =>
  Array.from({ length: 32 }, (_, index) => ((seed * 7919 + index * 104_729) % 16).toString(16)).join("");

/** A Bilibili live room: the HTTP calls with their signature check, real frames over WebSocket and TCP. */
export class BilibiliRoomSimulator extends RoomSimulator {
  readonly #roomId: string;
  /** Those that were given out; a client may connect with an older one. */
  readonly #tokens = new Set<string>();
  #keySeed = 1;
  #last: readonly object[] = [];
  #forgetful = false;
  #riskControl = 0;
  protected override readonly ownMisbehaviours = {
    "risk-control": () => {
      this.#riskControl += 2;
      this.#tokens.clear();
      this.dropAll();
    },
    "new-keys": () => void this.#keySeed++,
    /** Ours is an hour late: it takes no signature of ours. */
    "wrong-clock": () => {
      this.clockAheadMs = 3_600_000;
      this.#riskControl += 2;
      this.#tokens.clear();
      this.dropAll();
    },
    "no-history": () => {
      this.#forgetful = true;
    },
  };

  constructor(roomId: string, certificate?: Certificate) {
    super(certificate);
    this.#roomId = roomId;
  }

  protected override takesPath(path: string): boolean {
    return path === "/sub";
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    const commands = sayings.map((saying) => commandOf(saying, Date.now()));
    const chats = commands.filter((command) => "cmd" in command && command.cmd === "DANMU_MSG");
    this.#last = [...this.#last, ...chats].slice(-REMEMBERED);
    return [this.#frame(commands)];
  }

  protected packetOf(command: object): Buffer {
    return this.#frame([command]);
  }

  /** Commands in one frame, compressed as a busy room's are. */
  #frame(commands: readonly object[]): Buffer {
    const inner = Buffer.concat(
      commands.map((command) => formatPacket(Operation.MESSAGE, JSON.stringify(command), 0)),
    );
    const small = commands.length === 1 && inner.length < 300;
    return small ? inner : formatPacket(Operation.MESSAGE, brotliCompressSync(inner, quick), 3);
  }

  send(...commands: object[]): void {
    this.broadcast(this.#frame(commands));
  }

  protected garbage(): Buffer[] {
    return [
      Buffer.from("00000000000000000000000000000000ffff", "hex"),
      formatPacket(Operation.MESSAGE, deflateSync(Buffer.alloc(1 << 20)), 2),
      formatPacket(Operation.MESSAGE, "{nonsense", 0),
      formatPacket(Operation.MESSAGE, '{"cmd":"DANMU_MSG","info":17}', 0),
    ];
  }

  protected session(client: Client): (bytes: Buffer) => void {
    const onPacket = ({ operation, body }: Packet) => {
      if (operation === Operation.AUTH) {
        const hello = JSON.parse(body.toString());
        const good =
          String(hello.roomid) === this.#roomId &&
          this.#tokens.has(hello.key) &&
          hello.buvid &&
          hello.protover === 3;
        if (this.refusesAuth() || !good) {
          client.send(formatPacket(Operation.AUTH_REPLY, '{"code":-101}'));
          return client.end();
        }
        client.send(formatPacket(Operation.AUTH_REPLY, '{"code":0}'));
        client.join();
      } else if (operation !== Operation.HEARTBEAT || !client.joined) {
        return client.end();
      } else {
        client.send(formatPacket(Operation.HEARTBEAT_REPLY, Buffer.from([0, 0, 0, 1])));
      }
      client.keep();
    };
    const stream = new PacketStream(onPacket, () => client.end());
    return (bytes) => void (stream.push(bytes) || client.end());
  }

  #keys() {
    return [1, 2].map((part) => `https://i0.hdslb.com/bfs/wbi/${hex(this.#keySeed * 10 + part)}.png`) as [
      string,
      string,
    ];
  }

  #signed(url: URL): boolean {
    const { w_rid: given, wts, ...parameters } = Object.fromEntries(url.searchParams);
    const expected = signQuery(parameters, mixinKey(...this.#keys()) ?? "", Number(wts));
    return given !== undefined && expected.endsWith(`w_rid=${given}`);
  }

  protected answer(url: URL, request: IncomingMessage): HttpReply {
    switch (url.pathname) {
      case "/x/frontend/finger/spi":
        return {
          code: 0,
          data: { b_3: "5A0C2F1E-0000-4000-8000-simulated0000infoc", b_4: "SIMULATED-B4" },
        };
      case "/x/web-interface/nav": {
        const [img_url, sub_url] = this.#keys();
        return { code: -101, message: "账号未登录", data: { isLogin: false, wbi_img: { img_url, sub_url } } };
      }
      case "/room/v1/Room/get_info": {
        const id = url.searchParams.get("room_id");
        if (id !== this.#roomId && id !== SHORT_ID) return { code: 1, message: "未找到该房间", data: {} };
        const data = {
          room_id: Number(this.#roomId),
          short_id: Number(SHORT_ID),
          title: "飞幕演示直播间",
          live_status: 1,
          user_cover: `http://${this.host}:${this.port}/cover.png`,
        };
        return { code: 0, data };
      }
      case "/emote.gif":
        return EMOTE;
      case "/cover.png":
        return cover();
      case "/xlive/web-room/v1/index/getDanmuInfo":
        return this.#danmuInfo(url, request);
      case "/xlive/web-room/v1/dM/gethistory":
        if (this.#forgetful) return { code: -412, message: "request was banned" };
        return { code: 0, data: { admin: [], room: this.#last.map(historyOf) } };
      default:
        return undefined;
    }
  }

  #danmuInfo(url: URL, request: IncomingMessage): object {
    const refused =
      this.#riskControl > 0 || !this.#signed(url) || !request.headers.cookie?.includes("buvid3=");
    this.#riskControl = Math.max(0, this.#riskControl - 1);
    if (refused) return { code: -352, message: "-352", ttl: 1 };
    const token = `token-${Math.random().toString(36).slice(2)}`;
    this.#tokens.add(token);
    const host = { host: this.host, port: this.tcpPort, ws_port: this.port, wss_port: this.port };
    return { code: 0, data: { token, host_list: [host] } };
  }
}
