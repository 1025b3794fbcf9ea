import type { WebSocket } from "ws";
import { z } from "zod";
import { Mailbox } from "../media/mailbox.ts";
import type { RpcClient } from "../rpc/client.ts";
import type { Message } from "../rpc/proto.ts";
import type { ServerMessage } from "../web/live-state.ts";

/** A page that reads slower than this is closed; it comes back and gets the state as it is then. */
const MAX_BUFFERED = 4 << 20;

const messageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("watch") }),
  z.object({ type: z.literal("unwatch") }),
  z.object({ type: z.literal("active") }),
  z.object({
    type: z.literal("signal"),
    signal: z.object({
      type: z.enum(["answer", "candidate"]),
      sdp: z.string().max(32_768).optional(),
      candidate: z.string().max(2_048).optional(),
      mid: z.string().max(32).optional(),
    }),
  }),
]);

/** One open page: it is told the state, and looks at the stage on request through the media process. */
export class PageSocket {
  readonly #socket: WebSocket;
  readonly #media: RpcClient;
  #viewing: { readonly stop: AbortController; readonly answers: Mailbox<Message> } | undefined;

  readonly #onActive: () => void;

  /** `onActive`: somebody moved or pressed something on the page. */
  constructor(socket: WebSocket, media: RpcClient, onActive: () => void) {
    this.#onActive = onActive;
    this.#socket = socket;
    this.#media = media;
    socket.on("message", (data) => this.#onMessage(String(data)));
    socket.on("close", () => this.#viewing?.stop.abort());
  }

  send(message: ServerMessage): void {
    if (this.#socket.bufferedAmount > MAX_BUFFERED) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(message));
  }

  #onMessage(text: string) {
    let message: z.infer<typeof messageSchema>;
    try {
      message = messageSchema.parse(JSON.parse(text));
    } catch {
      this.#socket.close(1008, "not a message of this page");
      return;
    }
    if (message.type === "active") this.#onActive();
    else if (message.type === "signal") this.#viewing?.answers.push(message.signal);
    else {
      this.#viewing?.stop.abort();
      this.#viewing = undefined;
      if (message.type === "watch") void this.#view();
    }
  }

  async #view() {
    const viewing = { stop: new AbortController(), answers: new Mailbox<Message>() };
    this.#viewing = viewing;
    const { signal } = viewing.stop;
    let failure: string | undefined;
    try {
      for await (const said of this.#media.duplex("view", viewing.answers.read(signal), signal)) {
        if (said.type === "refused") failure = said.failure;
        else this.send({ type: "signal", signal: said });
      }
    } catch {
      // The media process is away; the page asks again.
    } finally {
      viewing.answers.close();
      if (!signal.aborted)
        this.send({ type: "signal", signal: { type: "ended", ...(failure && { failure }) } });
    }
  }
}
