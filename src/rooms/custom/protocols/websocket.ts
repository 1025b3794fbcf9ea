import { endpointAt, openSocket, type RoomSocket } from "../../socket.ts";
import { authorization, Inbox, type Protocol, type ProtocolOptions } from "../protocol.ts";

const PING_MS = 30_000;

/** One message of a WebSocket is one message. */
export class WebSocketFeed implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #inbox = new Inbox();
  #socket: RoomSocket | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { id, address, allowPlain, credentials } = this.#options;
    const endpoint = endpointAt(address.href, allowPlain, authorization(credentials));
    const take = (bytes: Buffer) => this.#inbox.push({ bytes: Buffer.from(bytes) });
    const socket = await openSocket({ ...endpoint, pingMs: PING_MS }, take, signal);
    this.#socket = socket;
    const end = () => this.#inbox.end();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    void socket.closed.then((reason) => this.#inbox.fail("ROOM_DROPPED", `own system ${id}: ${reason}`));
  }

  async send(text: string): Promise<void> {
    this.#socket?.send(text);
  }

  receive() {
    return this.#inbox.read();
  }

  async close(): Promise<void> {
    this.#inbox.end();
    this.#socket?.end();
  }
}
