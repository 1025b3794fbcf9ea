import { randomBytes } from "node:crypto";
import type { RoomConfig } from "../../box/config.ts";
import type { Message } from "../../rpc/proto.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { getJson, getText } from "../http.ts";
import { array, type JsonObject, number, object, parseJson, string } from "../json.ts";
import type { MessageContext } from "../message.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { endpointAt } from "../socket.ts";
import { encodePayload, FrameError, formatFrame, long, Payload, readFrame } from "./frames.ts";
import { Combos, feedComments, presence, watching } from "./messages.ts";

const ORIGIN = "https://live.kuaishou.com";
const DEFAULT_SOCKET = "wss://live-ws-pg-group1.kuaishou.com/websocket";
/** Where the platform names no interval. */
const HEARTBEAT_MS = 20_000;
const timing: Timing = { heartbeatMs: HEARTBEAT_MS, authMs: 10_000, answerMs: 5_000 };
const MAX_SOCKETS = 16;

/** `result` of the platform's replies. */
const Result = { OK: 1, TOO_FAST: 2, OFF_AIR: [671, 677], CAPTCHA: 400_002 } as const;

const frame = (payloadType: number, payload: Message) =>
  formatFrame(payloadType, encodePayload(payloadType, payload));

/** One Kuaishou live room, with the cookie or token of the user's own browser. */
export class KuaishouRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #timing: Timing;
  readonly #combos = new Combos();
  #stream = "";
  #token = "";
  #sockets: readonly string[] = [];
  #gifts: ReadonlyMap<string, string> = new Map();
  #reconnects = 0;
  #lastError = 0;
  #serial = 0;

  constructor(config: RoomConfig, options: { readonly timing?: Partial<Timing> } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
  }

  get #name(): string {
    return `kuaishou room ${this.#config.id}`;
  }

  get #web(): string {
    return (this.#config.endpoints?.web ?? ORIGIN).replace(/\/+$/, "");
  }

  #headers(): Record<string, string> {
    const cookie = this.#config.credentials?.cookie;
    return { referer: `${ORIGIN}/u/${this.#config.id}`, ...(cookie && { cookie }) };
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const { id, credentials: { cookie, token, stream, socket } = {} } = this.#config;
    if (token && stream) {
      this.#token = token;
      this.#stream = stream;
      this.#sockets = [socket ?? DEFAULT_SOCKET];
      return { longId: id, title: "", live: true, guest: false };
    }
    if (!cookie) throw new RoomError("ROOM_TOKEN_WANTED", `${this.#name}: no cookie and no token`);
    const { title, living } = await this.#page(signal);
    if (!living) throw new RoomError("ROOM_OFFLINE", `${this.#name}: not on air`);
    const reply = await getJson(
      `${this.#web}/live_api/liveroom/websocketinfo?caver=2&liveStreamId=${encodeURIComponent(this.#stream)}`,
      { headers: this.#headers() },
      signal,
    );
    const data = object(reply.data);
    this.#check(number(data.result));
    this.#token = string(data.token);
    this.#sockets = array(data.websocketUrls)
      .map((one) => string(one))
      .filter((one) => URL.canParse(one))
      .slice(0, MAX_SOCKETS);
    if (!this.#token || this.#sockets.length === 0) {
      throw new RoomError("ROOM_BAD_REPLY", `${this.#name}: no token in the platform's reply`);
    }
    this.#gifts = await this.#giftNames(signal).catch(() => this.#gifts);
    return { longId: id, title, live: true, guest: false };
  }

  #check(result: number): void {
    if (result === Result.OK) return;
    if (result === Result.TOO_FAST) throw new RoomError("ROOM_THROTTLED", `${this.#name}: asked too fast`);
    if (Result.OFF_AIR.some((code) => code === result)) {
      throw new RoomError("ROOM_OFFLINE", `${this.#name}: not on air`);
    }
    if (result === Result.CAPTCHA) {
      throw new RoomError(
        "ROOM_RISK_CONTROL",
        `${this.#name}: the platform wants a person to pass its check`,
      );
    }
    throw new RoomError("ROOM_BAD_REPLY", `${this.#name}: result ${result}`);
  }

  /** What the room's page carries as a script: the stream's id and whether it is on air. */
  async #page(signal: AbortSignal): Promise<{ readonly title: string; readonly living: boolean }> {
    const { text } = await getText(`${this.#web}/u/${this.#config.id}`, { headers: this.#headers() }, signal);
    const found = /__INITIAL_STATE__\s*=\s*(\{.*?\})\s*;?\s*(?:\(function|<\/script>)/s.exec(text)?.[1];
    let state: JsonObject;
    try {
      // The script's `undefined` is no JSON.
      state = object(parseJson((found ?? "").replace(/(?<=[:,[])undefined(?=[,}\]])/g, "null")));
    } catch (cause) {
      throw new RoomError("ROOM_BAD_REPLY", `${this.#name}: the page has no state`, { cause });
    }
    const liveroom = object(state.liveroom);
    const entry = object(array(liveroom.playList)[0]);
    const stream = object(entry.liveStream ?? liveroom.liveStream);
    this.#stream = string(stream.id);
    const title = string(stream.caption) || string(object(entry.author ?? liveroom.author).name);
    return { title, living: entry.isLiving !== false && this.#stream !== "" };
  }

  async #giftNames(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const url = `${this.#web}/live_api/emoji/allgifts`;
    const { data } = await getJson(url, { headers: this.#headers() }, signal);
    return new Map(
      Object.entries(object(data))
        .slice(0, 4_096)
        .map(([id, gift]) => [id, string(object(gift).giftName)]),
    );
  }

  async run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const socket = this.#sockets[attempt % this.#sockets.length] ?? DEFAULT_SOCKET;
    const conversation = {
      name: this.#name,
      endpoint: endpointAt(socket, this.#config.allowPlain, { origin: ORIGIN }),
      timing: this.#timing,
      refusal: "ROOM_TOKEN_REFUSED",
      speak: (line: Line) => this.#speak(line),
    } as const;
    try {
      await converse(conversation, listener, signal);
    } finally {
      this.#reconnects++;
    }
  }

  #speak(line: Line): Speaker {
    return {
      hello: () =>
        line.send(
          frame(Payload.ENTER_ROOM, {
            token: this.#token,
            liveStreamId: this.#stream,
            ...(this.#reconnects > 0 && { reconnectCount: this.#reconnects, lastErrorCode: this.#lastError }),
            pageId: `${randomBytes(12).toString("base64url")}_${Date.now()}`,
          }),
        ),
      heartbeat: () => frame(Payload.HEARTBEAT, { time: Date.now() }),
      goodbye: () => frame(Payload.USER_EXIT, { time: Date.now() }),
      hear: (bytes) => this.#hear(bytes, line),
    };
  }

  #hear(bytes: Buffer, line: Line): void {
    let heard: ReturnType<typeof readFrame>;
    try {
      heard = readFrame(bytes);
    } catch (error) {
      line.onProblem(error instanceof FrameError ? error.problem : String(error));
      return;
    }
    const { payloadType, payload } = heard;
    const receivedMs = Date.now();
    const context: MessageContext = {
      platform: "kuaishou",
      room: this.#config.id,
      receivedMs,
      nextId: () => `${receivedMs}-${++this.#serial}`,
    };
    switch (payloadType) {
      case Payload.ENTER_ROOM_ACK:
        line.setHeartbeat(long(payload.heartbeatIntervalMs) || HEARTBEAT_MS);
        line.authenticated();
        break;
      case Payload.ERROR:
        this.#lastError = payload.code;
        line.fail("ROOM_TOKEN_REFUSED", `error ${payload.code}: ${payload.message}`);
        break;
      case Payload.FEED_PUSH: {
        const feed = { ...context, gifts: this.#gifts, combos: this.#combos };
        for (const comment of feedComments(payload, feed)) line.onComment(comment);
        break;
      }
      case Payload.WATCHING_LIST: {
        const comment = watching(payload.watchingCount, context);
        if (comment) line.onComment(comment);
        break;
      }
      case Payload.AUTHOR_PAUSE:
      case Payload.AUTHOR_RESUME:
        line.onComment(presence(payloadType === Payload.AUTHOR_RESUME, context));
        break;
    }
  }
}
