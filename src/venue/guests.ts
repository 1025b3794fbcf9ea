import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { Config, RoomConfig } from "../box/config.ts";
import { cleanText, MAX_NAME } from "../clean/clean-text.ts";
import type { Post } from "../rooms/post.ts";
import type { GuestPost } from "../rooms/venue/room.ts";
import type { ServerMessage } from "../web/live-state.ts";
import { Audience } from "./audience.ts";
import { Gate, GuestError } from "./gate.ts";

const CODE_CHECK_MS = 1_000;

type PostTo = (platform: string, id: string, post: Post) => Promise<number>;

/** The venue's own room, as its page needs it: the gate, what guests say, and what they are told. */
export class Guests {
  readonly #gate: Gate;
  readonly #post: PostTo;
  readonly #audience = new Audience();
  #room: RoomConfig | undefined;
  #shown = "";

  private constructor(gate: Gate, post: PostTo) {
    this.#gate = gate;
    this.#post = post;
  }

  /** `file`: where the gate's secret lies. `post`: hands on what came for a room. */
  static async open(file: string, post: PostTo): Promise<Guests> {
    return new Guests(await Gate.open(file), post);
  }

  configure({ rooms }: Config): void {
    this.#room = rooms.find(({ platform }) => platform === "venue");
    if (!this.#room) this.#audience.dismiss();
  }

  get isOpen(): boolean {
    return this.#room !== undefined;
  }

  get approval(): boolean {
    return this.#room?.approval ?? false;
  }

  /** The code for the display; undefined while there is no room for guests. */
  get code(): string | undefined {
    return this.#room && this.#gate.code;
  }

  /** Calls back when the code is another one than before, until the signal. */
  followCode(onChange: () => void, signal: AbortSignal): void {
    const timer = setInterval(() => {
      const code = this.code ?? "";
      if (code === this.#shown) return;
      this.#shown = code;
      onChange();
    }, CODE_CHECK_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** What a phone that has read the code holds from now on. Throws GuestError. */
  enter(code: string, address: string): string {
    if (!this.#room) throw new GuestError("GUEST_CLOSED");
    return this.#gate.enter(code, address);
  }

  guestOf(held: string | undefined): string | undefined {
    return this.#room && this.#gate.guestOf(held);
  }

  /** Throws GuestError. */
  async say(guest: string, said: { readonly text: string; readonly name: string }): Promise<void> {
    if (!this.#room) throw new GuestError("GUEST_CLOSED");
    const text = cleanText(said.text);
    if (!text) return;
    this.#gate.say(guest);
    const name = cleanText(said.name, { maxLength: MAX_NAME });
    const post: GuestPost = { id: randomUUID(), guest, name, text };
    await this.#post("venue", this.#room.id, { headers: {}, body: Buffer.from(JSON.stringify(post)) });
  }

  listen(socket: WebSocket): void {
    this.#audience.add(socket);
  }

  tell(message: ServerMessage): void {
    this.#audience.tell(message);
  }

  /** The event ends: every phone has to read the code anew. */
  async renew(): Promise<void> {
    await this.#gate.renew();
    this.#audience.dismiss();
  }
}
