import type { RoomConfig } from "../../box/config.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { getText } from "../http.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { endpointAt } from "../socket.ts";
import { Command, formatCommand, pushComments } from "./messages.ts";
import { readTars, writeTars } from "./tars.ts";

const ORIGIN = "https://www.huya.com";
const SOCKETS = ["wss://cdnws.api.huya.com/", "wss://wsapi.huya.com/"] as const;
const timing: Timing = { heartbeatMs: 60_000, authMs: 10_000, answerMs: 5_000 };
/** The call OnUserHeartBeat of a guest of the platform's mobile page: the same for everybody. */
const HEARTBEAT = Buffer.from(
  "00031d0000690000006910032c3c4c56086f6e6c696e657569660f4f6e557365724865617274426561747d00003c080001060474526571" +
    "1d00002f0a0a0c1600260036076164725f77617046000b1203aef00f2203aef00f3c426d5202605c60017c82000bb01f9cac0b8c980ca80c",
  "hex",
);

/** One Huya live room, read as a guest. */
export class HuyaRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #timing: Timing;
  #presenter = "";
  #serial = 0;

  constructor(config: RoomConfig, options: { readonly timing?: Partial<Timing> } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
  }

  async resolve(signal: AbortSignal): Promise<RoomInfo> {
    const { id, endpoints } = this.#config;
    const { text } = await getText(`${(endpoints?.web ?? ORIGIN).replace(/\/+$/, "")}/${id}`, {}, signal);
    const presenter = /"(?:lp|lYyid)":"?(\d{1,20})/.exec(text)?.[1];
    if (presenter === undefined || presenter === "0") {
      throw new RoomError("ROOM_NOT_FOUND", `huya room ${id}: there is no such room`);
    }
    this.#presenter = presenter;
    const title = /"(?:introduction|sIntroduction)":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? "";
    return {
      longId: presenter,
      title: JSON.parse(`"${title}"`),
      live: !/"isOn":false/.test(text),
      guest: false,
    };
  }

  async run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const socket = this.#config.endpoints?.socket ?? SOCKETS[attempt % SOCKETS.length]!;
    const conversation = {
      name: `huya room ${this.#config.id}`,
      endpoint: endpointAt(socket, this.#config.allowPlain, { origin: ORIGIN }),
      timing: this.#timing,
      refusal: "ROOM_DROPPED",
      speak: (line: Line) => this.#speak(line),
    } as const;
    await converse(conversation, listener, signal);
  }

  #speak(line: Line): Speaker {
    const groups = ["live", "chat"].map((kind) => `${kind}:${this.#presenter}`);
    return {
      hello: () => line.send(formatCommand(Command.REGISTER_GROUP, writeTars({ 0: groups, 1: "" }))),
      heartbeat: () => HEARTBEAT,
      hear: (bytes) => this.#hear(bytes, line),
    };
  }

  #hear(bytes: Buffer, line: Line): void {
    const message = readTars(bytes);
    const command = message.get(0);
    const data = message.get(1);
    if (command === Command.REGISTER_GROUP_ANSWER) line.authenticated();
    if ((command !== Command.PUSH && command !== Command.PUSH_V2) || !Buffer.isBuffer(data)) return;
    const receivedMs = Date.now();
    const context = {
      platform: "huya",
      room: this.#presenter,
      receivedMs,
      nextId: () => `${receivedMs}-${++this.#serial}`,
    };
    for (const comment of pushComments(command, data, context)) line.onComment(comment);
  }
}
