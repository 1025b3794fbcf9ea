import { once } from "node:events";
import type { RoomConfig } from "../../box/config.ts";
import { Kind } from "../../comments/comment.ts";
import { object, string } from "../json.ts";
import { type Post, PostError } from "../post.ts";
import type { RoomAdapter, RoomInfo, RoomListener } from "../room.ts";

/** What a guest says, as the page's server hands it on (JSON). */
export interface GuestPost {
  /** Unique. */
  readonly id: string;
  /** Of the phone. */
  readonly guest: string;
  /** May be empty. */
  readonly name: string;
  readonly text: string;
}

/** The room of who is here: always on air, nothing to connect to. */
export class VenueRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  #listener: RoomListener | undefined;

  constructor(config: RoomConfig) {
    this.#config = config;
  }

  async resolve(): Promise<RoomInfo> {
    return { longId: this.#config.id, title: "", live: true, guest: false };
  }

  async run(_attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    listener.onConnected();
    listener.onAuthenticated();
    this.#listener = listener;
    if (!signal.aborted) await once(signal, "abort");
    this.#listener = undefined;
  }

  take({ body }: Post): number {
    if (!this.#listener) throw new PostError("POST_NOT_HERE", "this room is closed");
    const said = object(JSON.parse(Buffer.from(body).toString()));
    const nowMs = Date.now();
    this.#listener.onComment({
      id: string(said.id),
      platform: "venue",
      room: this.#config.id,
      kind: Kind.CHAT,
      timeMs: nowMs,
      receivedMs: nowMs,
      author: { id: string(said.guest), name: string(said.name) },
      text: string(said.text),
    });
    return 1;
  }
}
