import { randomUUID } from "node:crypto";
import { setInterval as every } from "node:timers/promises";
import type { RoomConfig } from "../../box/config.ts";
import {
  formatPacket,
  Operation,
  type Packet,
  type PacketProblem,
  PacketReader,
} from "../bilibili/packets.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { getJson, isClockWrong } from "../http.ts";
import { array, type JsonObject, number, object, parseJson, string } from "../json.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { endpointAt } from "../socket.ts";
import { commentOf, endedGame } from "./messages.ts";
import { signedHeaders } from "./sign.ts";

const API = "https://live-open.biliapi.com";
const timing: Timing = { heartbeatMs: 30_000, authMs: 10_000, answerMs: 5_000 };
const GAME_HEARTBEAT_MS = 20_000;
const END_MS = 3_000;
/** The platform knows the game no more: a new one must be started. */
const GONE = new Set([7000, 7003]);

interface Game {
  readonly id: string;
  readonly hello: string;
  readonly sockets: readonly string[];
  readonly room: string;
}

/** One streamer's room by Bilibili's open platform, with an app of the user's own. */
export class BilibiliOpenRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #timing: Timing;
  readonly #gameHeartbeatMs: number;
  #game: Game | undefined;
  #serial = 0;

  constructor(
    config: RoomConfig,
    options: { readonly timing?: Partial<Timing>; readonly gameHeartbeatMs?: number } = {},
  ) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
    this.#gameHeartbeatMs = options.gameHeartbeatMs ?? GAME_HEARTBEAT_MS;
  }

  get #name(): string {
    return `bilibili open platform, ${this.#config.id}`;
  }

  async #call(path: string, content: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const { accessKeyId = "", accessKeySecret = "" } = this.#config.credentials ?? {};
    const body = JSON.stringify(content);
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      ...signedHeaders(body, { accessKeyId, accessKeySecret }, randomUUID(), Math.floor(Date.now() / 1_000)),
    };
    const base = (this.#config.endpoints?.api ?? API).replace(/\/+$/, "");
    return await getJson(`${base}/v2/app/${path}`, { method: "POST", headers, body }, signal);
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const { code, appId, accessKeyId, accessKeySecret } = this.#config.credentials ?? {};
    if (!code || !appId || !accessKeyId || !accessKeySecret) {
      throw new RoomError("ROOM_TOKEN_WANTED", `${this.#name}: code, app id or access key are missing`);
    }
    await this.#end();
    const reply = await this.#call("start", { code, app_id: Number(appId) }, signal);
    if (number(reply.code) !== 0) {
      const base = this.#config.endpoints?.api ?? API;
      const code = isClockWrong(base) ? "ROOM_CLOCK_WRONG" : "ROOM_TOKEN_REFUSED";
      throw new RoomError(code, `${this.#name}: start: code ${string(reply.code)}`);
    }
    const data = object(reply.data);
    const socket = object(data.websocket_info);
    const anchor = object(data.anchor_info);
    const room = string(anchor.room_id);
    this.#game = {
      id: string(object(data.game_info).game_id),
      hello: string(socket.auth_body),
      sockets: array(socket.wss_link)
        .map((one) => string(one))
        .filter((one) => URL.canParse(one))
        .slice(0, 16),
      room,
    };
    if (this.#game.sockets.length === 0) throw new RoomError("ROOM_BAD_REPLY", `${this.#name}: no sockets`);
    return { longId: room, title: string(anchor.uname), live: true, guest: false };
  }

  /** Without this the platform keeps the room for the game that is gone. */
  async #end(): Promise<void> {
    const game = this.#game;
    this.#game = undefined;
    if (!game?.id) return;
    const content = { app_id: Number(this.#config.credentials?.appId), game_id: game.id };
    await this.#call("end", content, AbortSignal.timeout(END_MS)).catch(() => {});
  }

  async run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const game = this.#game;
    if (!game) throw new RoomError("ROOM_TOKEN_REFUSED", `${this.#name}: no game`);
    const over = new AbortController();
    const conversation = {
      name: this.#name,
      endpoint: endpointAt(game.sockets[attempt % game.sockets.length]!, this.#config.allowPlain),
      timing: this.#timing,
      refusal: "ROOM_TOKEN_REFUSED",
      speak: (line: Line) => {
        void this.#keepGame(game, line, AbortSignal.any([signal, over.signal]));
        return this.#speak(game, line);
      },
    } as const;
    try {
      await converse(conversation, listener, signal);
    } finally {
      over.abort();
      if (signal.aborted) await this.#end();
    }
  }

  async #keepGame(game: Game, line: Line, signal: AbortSignal): Promise<void> {
    if (!game.id) return;
    try {
      for await (const _ of every(this.#gameHeartbeatMs, undefined, { signal })) {
        const reply = await this.#call("heartbeat", { game_id: game.id }, signal).catch(() => undefined);
        const code = number(reply?.code);
        if (GONE.has(code)) line.fail("ROOM_TOKEN_REFUSED", `the game is gone, code ${code}`);
      }
    } catch {
      // Aborted: the connection has ended.
    }
  }

  #speak(game: Game, line: Line): Speaker {
    const onPacket = ({ operation, body }: Packet) => {
      if (operation === Operation.AUTH_REPLY) line.authenticated();
      else if (operation === Operation.MESSAGE) this.#onMessage(game, body, line);
    };
    const report = (problem: PacketProblem) => line.onProblem(problem);
    const reader = new PacketReader(onPacket, report);
    return {
      hello: () => line.send(formatPacket(Operation.AUTH, game.hello)),
      heartbeat: () => formatPacket(Operation.HEARTBEAT),
      hear: (bytes) => reader.read(bytes),
    };
  }

  #onMessage(game: Game, body: Buffer, line: Line): void {
    if (body.length === 0) return;
    const receivedMs = Date.now();
    try {
      const message = object(parseJson(body.toString("utf8")));
      if (endedGame(message) === game.id) {
        line.fail("ROOM_TOKEN_REFUSED", "the platform ended the game");
        return;
      }
      const comment = commentOf(message, {
        platform: "bilibili-open",
        room: game.room,
        receivedMs,
        nextId: () => `${receivedMs}-${++this.#serial}`,
      });
      if (comment) line.onComment(comment);
    } catch {
      line.onProblem("json");
    }
  }
}
