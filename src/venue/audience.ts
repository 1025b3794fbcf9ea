import type { WebSocket } from "ws";
import type { CommentLine, ServerMessage } from "../web/live-state.ts";
import { type GuestLine, type GuestMessage, guestLines } from "./guest-message.ts";

/** Hundreds of phones are told together. */
const TELL_MS = 300;
/** A phone that reads slower than this is let go; it comes back by itself. */
const MAX_BUFFERED = 256 << 10;

const lineOf = ({ id, author, text, colour }: CommentLine): GuestLine => ({ id, author, text, colour });

/** The phones that have the guests' page open, and the last comments for them. */
export class Audience {
  readonly #sockets = new Set<WebSocket>();
  #lines: readonly GuestLine[] = [];
  #fresh: GuestLine[] = [];
  #taken: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#sockets.size;
  }

  add(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const first: GuestMessage = { lines: this.#lines, taken: [] };
    socket.send(JSON.stringify(first));
  }

  /** Passes on what the operator's page is told of comments. */
  tell(message: ServerMessage): void {
    if (message.type === "comments") {
      this.#fresh.push(...message.lines.filter(({ text }) => text).map(lineOf));
      this.#fresh = this.#fresh.slice(-guestLines);
    } else if (message.type === "retract") {
      this.#taken.push(...message.ids);
      this.#fresh = this.#fresh.filter(({ id }) => !message.ids.includes(id));
    } else return;
    this.#timer ??= setTimeout(() => this.#flush(), TELL_MS);
  }

  /** The event ends: everybody out. */
  dismiss(): void {
    for (const socket of this.#sockets) socket.close(4401, "event ended");
  }

  #flush(): void {
    this.#timer = undefined;
    const message: GuestMessage = { lines: this.#fresh, taken: this.#taken };
    const taken = new Set(this.#taken);
    this.#lines = [...this.#lines.filter(({ id }) => !taken.has(id)), ...this.#fresh].slice(-guestLines);
    this.#fresh = [];
    this.#taken = [];
    const text = JSON.stringify(message);
    for (const socket of this.#sockets) {
      if (socket.bufferedAmount > MAX_BUFFERED) socket.terminate();
      else socket.send(text);
    }
  }
}
