import type { RoomConfig } from "../../box/config.ts";
import { converse, type Line, type Speaker, type Timing } from "../conversation.ts";
import { MessageError } from "../message.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { endpointAt } from "../socket.ts";
import { HEARTBEAT, readPush } from "./frames.ts";
import { commentOf } from "./messages.ts";

const ORIGIN = "https://live.douyin.com";
/** A quiet room sends nothing for long: its heartbeats are not always answered. */
const timing: Timing = { heartbeatMs: 10_000, authMs: 10_000, answerMs: undefined };

/** One Douyin live room, on the address that the user's own browser connected to: it carries a signature that ends after a while. */
export class DouyinRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #timing: Timing;
  #serial = 0;

  constructor(config: RoomConfig, options: { readonly timing?: Partial<Timing> } = {}) {
    this.#config = config;
    this.#timing = { ...timing, ...options.timing };
  }

  async resolve(): Promise<RoomInfo> {
    const { id, credentials } = this.#config;
    if (!URL.canParse(credentials?.socket ?? "")) {
      throw new RoomError("ROOM_TOKEN_WANTED", `douyin room ${id}: no socket address`);
    }
    return { longId: id, title: "", live: true, guest: false };
  }

  async run(_attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const { id, credentials: { socket = "", cookie } = {}, allowPlain } = this.#config;
    const conversation = {
      name: `douyin room ${id}`,
      endpoint: endpointAt(socket, allowPlain, { origin: ORIGIN, ...(cookie && { cookie }) }),
      timing: this.#timing,
      refusal: "ROOM_TOKEN_REFUSED",
      speak: (line: Line) => this.#speak(line),
    } as const;
    await converse(conversation, listener, signal);
  }

  #speak(line: Line): Speaker {
    return {
      // The address is all that the platform asks for.
      hello: () => line.authenticated(),
      heartbeat: () => HEARTBEAT,
      hear: (bytes) => this.#hear(bytes, line),
    };
  }

  #hear(bytes: Buffer, line: Line): void {
    const receivedMs = Date.now();
    const context = {
      platform: "douyin",
      room: this.#config.id,
      receivedMs,
      nextId: () => `${receivedMs}-${++this.#serial}`,
    };
    const push = readPush(bytes);
    if (push?.ack) line.send(push.ack);
    for (const { method, payload, id } of push?.messages ?? []) {
      try {
        const comment = commentOf(method, payload, id, context);
        if (comment) line.onComment(comment);
      } catch (error) {
        // One message that cannot be read takes no other one with it.
        line.onProblem(error instanceof MessageError ? error.message : String(error));
      }
    }
  }
}
