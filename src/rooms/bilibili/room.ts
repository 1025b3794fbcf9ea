import type { RoomConfig } from "../../box/config.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { BilibiliApi, type Host } from "./api.ts";
import { number, object, parseJson } from "./json.ts";
import { MessageError } from "./message.ts";
import { decodeComments } from "./messages.ts";
import { formatPacket, Operation, type Packet } from "./packets.ts";
import { openSocket, type RoomSocket, type SocketOptions } from "./socket.ts";

export interface Timing {
  readonly heartbeatMs: number;
  /** Nothing received for this long: the connection is dead. */
  readonly silenceMs: number;
  /** The reply to our hello must be there. */
  readonly authMs: number;
}
const timing: Timing = { heartbeatMs: 30_000, silenceMs: 45_000, authMs: 10_000 };

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
  readonly #now: () => number;
  readonly #socketOptions: SocketOptions;
  #longId = "";
  #token = "";
  #hosts: readonly Host[] = [];
  #serial = 0;

  constructor(config: RoomConfig, options: { timing?: Partial<Timing>; now?: () => number } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
    this.#now = options.now ?? Date.now;
    const trim = (url: string) => url.replace(/\/+$/, "");
    this.#api = new BilibiliApi(
      {
        api: trim(config.endpoints?.api ?? "https://api.bilibili.com"),
        live: trim(config.endpoints?.live ?? "https://api.live.bilibili.com"),
      },
      config.cookie ?? "",
      this.#now,
    );
    this.#socketOptions = {
      transport: config.transport,
      plain: config.endpoints?.live.startsWith("http:") ?? false,
      allowPlain: config.endpoints?.allowPlain ?? false,
    };
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const room = await this.#api.room(this.#config.id, signal);
    const { token, hosts } = await this.#api.danmuInfo(room.longId, signal);
    this.#longId = room.longId;
    this.#token = token;
    this.#hosts = hosts.length > 0 ? hosts : [DEFAULT_HOST];
    return { ...room, guest: this.#api.uid === "0" };
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
    const ended = new AbortController();
    const problem: { current?: RoomError } = {};
    const fail = (error: RoomError) => {
      problem.current ??= error;
      ended.abort();
    };
    let authenticated = false;
    let receivedMs = this.#now();
    // Set when the connection stands; a hostile host may speak before.
    let socket: RoomSocket | undefined;
    const onPacket = (packet: Packet) => {
      receivedMs = this.#now();
      if (packet.operation === Operation.AUTH_REPLY) {
        const code = authCode(packet.body);
        if (code !== 0) {
          return fail(
            new RoomError("ROOM_TOKEN_REFUSED", `bilibili room ${this.#longId}: token refused, code ${code}`),
          );
        }
        authenticated = true;
        socket?.send(formatPacket(Operation.HEARTBEAT));
        listener.onAuthenticated();
      } else if (packet.operation === Operation.MESSAGE) {
        this.#onMessage(packet, listener, receivedMs);
      }
    };
    const opened = await openSocket(
      host,
      this.#socketOptions,
      this.#api.cookieHeader,
      { onPacket, onProblem: (name) => listener.onProblem(name) },
      AbortSignal.any([signal, ended.signal]),
    );
    socket = opened;
    const startedMs = this.#now();
    const beat = setInterval(
      () => authenticated && opened.send(formatPacket(Operation.HEARTBEAT)),
      this.#timing.heartbeatMs,
    );
    const watchdog = setInterval(
      () => {
        const now = this.#now();
        if (!authenticated && now - startedMs > this.#timing.authMs) {
          fail(new RoomError("ROOM_STALLED", `bilibili room ${this.#longId}: no answer to the hello`));
        } else if (now - receivedMs > this.#timing.silenceMs) {
          fail(new RoomError("ROOM_STALLED", `bilibili room ${this.#longId}: silence`));
        }
      },
      Math.min(1_000, this.#timing.silenceMs / 4, this.#timing.authMs / 4),
    );
    try {
      listener.onConnected();
      opened.send(this.#hello());
      const reason = await opened.closed;
      if (signal.aborted) return;
      if (problem.current) throw problem.current;
      if (authenticated) throw new RoomError("ROOM_DROPPED", `bilibili room ${this.#longId}: ${reason}`);
      // What a refused key looks like most often.
      throw new RoomError(
        "ROOM_TOKEN_REFUSED",
        `bilibili room ${this.#longId}: ${reason} before the reply to the hello`,
      );
    } finally {
      clearInterval(beat);
      clearInterval(watchdog);
      opened.close();
    }
  }

  #onMessage(packet: Packet, listener: RoomListener, receivedMs: number) {
    if (packet.body.length === 0) return;
    try {
      const comments = decodeComments(packet.body, {
        room: this.#longId,
        receivedMs,
        nextId: () => `${receivedMs}-${++this.#serial}`,
      });
      for (const comment of comments) listener.onComment(comment);
    } catch (error) {
      // Whatever one message does must not end the room, let alone the process.
      listener.onProblem(error instanceof MessageError ? error.message : String(error));
    }
  }
}
