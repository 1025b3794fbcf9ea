import type { Post } from "../../post.ts";
import { RoomError } from "../../room.ts";
import { Inbox, type Protocol, type ProtocolOptions } from "../protocol.ts";
import { Verifier } from "../signature.ts";

/** Messages that the other system posts to the box's page server, each with a signature. */
export class Webhook implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #inbox = new Inbox();
  #verifier: Verifier | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { id, credentials } = this.#options;
    if (!credentials.secret) {
      throw new RoomError("ROOM_TOKEN_WANTED", `own system ${id}: no secret for its signatures`);
    }
    this.#verifier = new Verifier(credentials.secret);
    signal.addEventListener("abort", () => this.#inbox.end(), { once: true });
    if (signal.aborted) this.#inbox.end();
  }

  async send(): Promise<void> {
    throw new TypeError("Expected no hello: nobody is connected to");
  }

  receive() {
    return this.#inbox.read();
  }

  take({ headers, body }: Post): number {
    const message = {
      id: headers["webhook-id"] ?? "",
      timestamp: headers["webhook-timestamp"] ?? "",
      signature: headers["webhook-signature"] ?? "",
      body,
    };
    if (!this.#verifier?.check(message)) return 0;
    this.#inbox.push({ bytes: body, id: message.id });
    return 1;
  }

  async close(): Promise<void> {
    this.#inbox.end();
  }
}
