import type { RoomConfig } from "../../box/config.ts";
import type { Comment } from "../../comments/comment.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { USER_AGENT } from "../http.ts";
import { array, number, object, parseJson } from "../json.ts";
import { type MessageContext, MessageError } from "../message.ts";
import type { RoomAdapter, RoomInfo, RoomListener } from "../room.ts";
import type { Endpoint } from "../socket.ts";
import { BilibiliApi, type Host, ORIGIN } from "./api.ts";
import { historyComment } from "./chat.ts";
import { decodeComments } from "./messages.ts";
import {
  formatPacket,
  Operation,
  type Packet,
  type PacketProblem,
  PacketReader,
  PacketStream,
} from "./packets.ts";

const timing: Timing = { heartbeatMs: 30_000, authMs: 10_000, answerMs: 5_000 };

/** What the last entry of every list has been for years. */
const DEFAULT_HOST: Host = { host: "broadcastlv.chat.bilibili.com", port: 2243, wsPort: 2244, wssPort: 443 };

/** The code of an op-8 body; its absence means that all is well. */
function authCode(body: Buffer): number {
  try {
    return number(object(parseJson(body.toString("utf8"))).code);
  } catch {
    return 0;
  }
}

/** One Bilibili live room, as its web page connects to it. */
export class BilibiliRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #api: BilibiliApi;
  readonly #timing: Timing;
  #longId = "";
  #token = "";
  #hosts: readonly Host[] = [];
  #serial = 0;

  constructor(config: RoomConfig, options: { timing?: Partial<Timing>; now?: () => number } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
    const trim = (url: string) => url.replace(/\/+$/, "");
    this.#api = new BilibiliApi(
      {
        api: trim(config.endpoints?.api ?? "https://api.bilibili.com"),
        live: trim(config.endpoints?.live ?? "https://api.live.bilibili.com"),
      },
      config.credentials?.cookie ?? "",
      options.now ?? Date.now,
    );
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const room = await this.#api.room(this.#config.id, signal);
    const { token, hosts } = await this.#api.danmuInfo(room.longId, signal);
    this.#longId = room.longId;
    this.#token = token;
    this.#hosts = hosts.length > 0 ? hosts : [DEFAULT_HOST];
    return { ...room, guest: this.#api.uid === "0", cookieExpired: this.#api.cookieExpired };
  }

  #hello(): Buffer {
    return formatPacket(
      Operation.AUTH,
      JSON.stringify({
        uid: Number(this.#api.uid),
        roomid: Number(this.#longId),
        protover: 3,
        platform: "web",
        type: 2,
        buvid: this.#api.buvid,
        key: this.#token,
      }),
    );
  }

  async run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const host = this.#hosts[attempt % this.#hosts.length] ?? DEFAULT_HOST;
    const conversation = {
      name: `bilibili room ${this.#longId}`,
      endpoint: this.#endpoint(host),
      timing: this.#timing,
      // What a refused key looks like most often.
      refusal: "ROOM_TOKEN_REFUSED",
      speak: (line: Line) => this.#speak(line),
    } as const;
    await converse(conversation, listener, signal);
  }

  async history(signal: AbortSignal): Promise<readonly Comment[]> {
    const data = await this.#api.history(this.#longId, signal);
    const context = this.#context();
    return [...array(data.admin), ...array(data.room)]
      .map((entry) => historyComment(object(entry), context))
      .filter(({ text }) => text)
      .toSorted((one, other) => one.timeMs - other.timeMs);
  }

  #context(): MessageContext {
    const receivedMs = Date.now();
    return {
      platform: "bilibili",
      room: this.#longId,
      receivedMs,
      nextId: () => `${receivedMs}-${++this.#serial}`,
    };
  }

  #endpoint({ host, port, wsPort, wssPort }: Host): Endpoint {
    const { allowPlain } = this.#config;
    const transport = this.#config.transport === "tcp" ? "tcp" : "websocket";
    const plain = this.#config.endpoints?.live?.startsWith("http:") ?? false;
    const cookie = this.#api.cookieHeader;
    return {
      transport,
      host,
      port: transport === "tcp" ? port : plain ? wsPort : wssPort,
      encrypted: transport === "websocket" && !plain,
      allowPlain,
      path: "/sub",
      headers: { "user-agent": USER_AGENT, origin: ORIGIN, ...(cookie && { cookie }) },
    };
  }

  #speak(line: Line): Speaker {
    const onPacket = (packet: Packet) => {
      if (packet.operation === Operation.AUTH_REPLY) {
        const code = authCode(packet.body);
        if (code === 0) line.authenticated();
        else line.fail("ROOM_TOKEN_REFUSED", `token refused, code ${code}`);
      } else if (packet.operation === Operation.MESSAGE) {
        this.#onMessage(packet, line);
      }
    };
    const report = (problem: PacketProblem) => line.onProblem(problem);
    const stream = new PacketStream(onPacket, report);
    const reader = new PacketReader(onPacket, report);
    return {
      hello: () => line.send(this.#hello()),
      heartbeat: () => formatPacket(Operation.HEARTBEAT),
      hear: (bytes) => {
        if (this.#config.transport !== "tcp") reader.read(bytes);
        else if (!stream.push(bytes)) line.fail("ROOM_DROPPED", "the stream of packets is broken");
      },
    };
  }

  #onMessage({ body }: Packet, line: Line) {
    if (body.length === 0) return;
    try {
      const comments = decodeComments(body, this.#context());
      for (const comment of comments) line.onComment(comment);
    } catch (error) {
      line.onProblem(error instanceof MessageError ? error.message : String(error));
    }
  }
}
