import type { RoomConfig } from "../../box/config.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { getJson, getText } from "../http.ts";
import { array, number, object, string } from "../json.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { type Endpoint, endpointAt } from "../socket.ts";
import { type GiftInfo, readMessage } from "./messages.ts";
import { formatPacket, PacketReader } from "./packets.ts";
import { formatStt } from "./stt.ts";

const timing: Timing = { heartbeatMs: 40_000, authMs: 10_000, answerMs: 5_000 };
const HOST = "danmuproxy.douyu.com";
const WEBSOCKET_PORTS = [8501, 8502, 8503, 8504, 8505, 8506] as const;
const TCP_PORTS = [8601, 8602] as const;
/** Of all messages; any other number gives a part of them. */
const EVERYTHING = -9999;
/** The server has forgotten us: log in again. */
const LOGIN_AGAIN = "51";
const HEARTBEAT = formatPacket("type@=mrkl/");
const GOODBYE = formatPacket("type@=logout/");
const ORIGIN = "https://www.douyu.com";

/** One Douyu live room, read as a guest, as its web page does. */
export class DouyuRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #timing: Timing;
  #rid = "";
  #gifts: ReadonlyMap<string, GiftInfo> = new Map();
  #serial = 0;

  constructor(config: RoomConfig, options: { readonly timing?: Partial<Timing> } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
  }

  #address(name: string, otherwise: string): string {
    return (this.#config.endpoints?.[name] ?? otherwise).replace(/\/+$/, "");
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const { id } = this.#config;
    this.#rid = /^\d+$/.test(id) ? id : await this.#number(id, signal);
    const reply = await getJson(
      `${this.#address("web", ORIGIN)}/betard/${this.#rid}`,
      { headers: { referer: `${ORIGIN}/` } },
      signal,
    );
    const room = object(reply.room);
    if (room.room_id === undefined && room.room_name === undefined) {
      throw new RoomError("ROOM_NOT_FOUND", `douyu room ${id}: there is no such room`);
    }
    const longId = string(room.room_id);
    if (/^\d{1,20}$/.test(longId)) this.#rid = longId;
    this.#gifts = await this.#giftList(signal).catch(() => this.#gifts);
    const live = number(room.show_status) === 1 && number(room.videoLoop) === 0;
    return { longId: this.#rid, title: string(room.room_name), live, guest: false };
  }

  /** The number of a room that has a name. */
  async #number(name: string, signal: AbortSignal): Promise<string> {
    const page = await getText(`${this.#address("mobile", "https://m.douyu.com")}/${name}`, {}, signal);
    const found = /"rid":"?(\d{1,20})/.exec(page.text)?.[1];
    if (found === undefined)
      throw new RoomError("ROOM_NOT_FOUND", `douyu room ${name}: there is no such room`);
    return found;
  }

  /** Names and prices; messages do not always have them. */
  async #giftList(signal: AbortSignal): Promise<ReadonlyMap<string, GiftInfo>> {
    const base = this.#address("gifts", "https://gift.douyucdn.cn");
    const reply = await getJson(`${base}/api/gift/v3/web/list?rid=${this.#rid}`, {}, signal);
    return new Map(
      array(object(reply.data).giftList)
        .slice(0, 4_096)
        .map(object)
        .map((gift) => [
          string(gift.id),
          {
            name: string(gift.name),
            priceMilli: Math.max(0, Math.trunc(number(object(gift.priceInfo).price) * 10)),
          },
        ]),
    );
  }

  #endpoint(attempt: number): Endpoint {
    const { allowPlain, endpoints } = this.#config;
    const transport = this.#config.transport === "tcp" ? "tcp" : "websocket";
    if (endpoints?.danmaku) return { ...endpointAt(endpoints.danmaku, allowPlain), transport };
    if (transport === "tcp") {
      return {
        transport,
        host: HOST,
        port: TCP_PORTS[attempt % TCP_PORTS.length]!,
        encrypted: false,
        allowPlain,
      };
    }
    const port = WEBSOCKET_PORTS[attempt % WEBSOCKET_PORTS.length]!;
    return { transport, host: HOST, port, encrypted: true, allowPlain, headers: { origin: ORIGIN } };
  }

  async run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const conversation = {
      name: `douyu room ${this.#rid}`,
      endpoint: this.#endpoint(attempt),
      timing: this.#timing,
      refusal: "ROOM_DROPPED",
      speak: (line: Line) => this.#speak(line),
    } as const;
    await converse(conversation, listener, signal);
  }

  #speak(line: Line): Speaker {
    const send = (message: Record<string, string | number>) => line.send(formatPacket(formatStt(message)));
    const reader = new PacketReader(
      (bytes) => this.#onMessage(bytes, line, send),
      (problem) => line.onProblem(problem),
    );
    return {
      hello: () => send({ type: "loginreq", roomid: this.#rid }),
      heartbeat: () => HEARTBEAT,
      goodbye: () => GOODBYE,
      hear: (bytes) => {
        if (this.#config.transport !== "tcp") reader.read(bytes);
        else if (!reader.push(bytes)) line.fail("ROOM_DROPPED", "the stream of packets is broken");
      },
    };
  }

  #onMessage(bytes: Buffer, line: Line, send: (message: Record<string, string | number>) => void) {
    const message = readMessage(bytes);
    if (message.type === "loginres") {
      send({ type: "joingroup", rid: this.#rid, gid: EVERYTHING });
      line.authenticated();
    } else if (message.type === "error") {
      const { code } = message;
      line.fail(code === LOGIN_AGAIN ? "ROOM_DROPPED" : "ROOM_TOKEN_REFUSED", `error ${code}`);
    } else {
      const receivedMs = Date.now();
      const comment = message.comment({
        platform: "douyu",
        room: this.#rid,
        receivedMs,
        gifts: this.#gifts,
        nextId: () => `${receivedMs}-${++this.#serial}`,
      });
      if (comment) line.onComment(comment);
    }
  }
}
