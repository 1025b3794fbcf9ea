import { isIPv6 } from "node:net";
import { Agent, type ObserveReadStream, type OutgoingMessage } from "coap";
import { object, parseJson, string } from "../../json.ts";
import { PostError } from "../../post.ts";
import { RoomError, type RoomFailure } from "../../room.ts";
import { Inbox, type Protocol, type ProtocolOptions } from "../protocol.ts";
import { Verifier } from "../signature.ts";

const PORT = 5_683;
const CONNECT_MS = 10_000;
/** Whether the resource is still there: nothing else tells when the other side has forgotten us. */
const ASK_MS = 30_000;
const ANSWER_MS = 10_000;

const refusals: Readonly<Record<string, RoomFailure>> = {
  "4.01": "ROOM_TOKEN_REFUSED",
  "4.03": "ROOM_TOKEN_REFUSED",
  "4.04": "ROOM_NOT_FOUND",
  "4.29": "ROOM_THROTTLED",
};

/**
 * A resource that is observed. There is no encryption: each message is an object with `id`, `timestamp`, `signature` and `body` (text),
 * signed as a webhook's.
 */
export class CoapFeed implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #inbox = new Inbox();
  readonly #agent: Agent;
  #verifier: Verifier | undefined;
  #observed: ObserveReadStream | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
    this.#agent = new Agent({ type: isIPv6(this.#host) ? "udp6" : "udp4" });
  }

  get #host(): string {
    return this.#options.address.hostname.replace(/^\[|\]$/g, "");
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { id, credentials } = this.#options;
    if (!credentials.secret) {
      throw new RoomError("ROOM_TOKEN_WANTED", `own system ${id}: no secret for its signatures`);
    }
    this.#verifier = new Verifier(credentials.secret);
    signal.addEventListener("abort", () => void this.close(), { once: true });
    const observed = (await this.#answer(this.#request({ observe: true }), CONNECT_MS)) as ObserveReadStream;
    this.#observed = observed;
    observed.on("data", (bytes: Buffer) => this.#take(bytes));
    observed.on("error", () => {});
    this.#timer = setInterval(() => {
      // What a lost notification said is in the answer.
      this.#answer(this.#request({}), ANSWER_MS).then(
        (answer) => this.#take(answer.payload),
        (error: RoomError) => this.#inbox.end(error),
      );
    }, ASK_MS);
  }

  #request(options: { readonly observe?: boolean; readonly method?: "POST" }): OutgoingMessage {
    const { port, pathname, search } = this.#options.address;
    return this.#agent.request({
      hostname: this.#host,
      port: Number(port) || PORT,
      pathname,
      query: search.slice(1),
      confirmable: true,
      ...options,
    });
  }

  /** Throws RoomError when none comes in time, or another one than 2.xx. */
  #answer(request: OutgoingMessage, deadlineMs: number, text = ""): Promise<ObserveReadStream> {
    const { id, address } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (code: RoomFailure, message: string, cause?: unknown) =>
        reject(new RoomError(code, `own system ${id}: ${address.host} ${message}`, { cause }));
      const timer = setTimeout(() => fail("ROOM_UNREACHABLE", "does not answer"), deadlineMs);
      request.on("error", (cause: Error) => fail("ROOM_UNREACHABLE", "does not answer", cause));
      request.on("response", (answer: ObserveReadStream) => {
        clearTimeout(timer);
        if (answer.code.startsWith("2.")) resolve(answer);
        else fail(refusals[answer.code] ?? "ROOM_BAD_REPLY", `says ${answer.code}`);
      });
      request.end(text);
    });
  }

  #take(bytes: Buffer): void {
    try {
      const envelope = object(parseJson(bytes.toString("utf8")));
      const message = {
        id: string(envelope.id),
        timestamp: string(envelope.timestamp),
        signature: string(envelope.signature),
        body: Buffer.from(string(envelope.body)),
      };
      // The same may come twice: asked for, and by itself.
      if (this.#verifier?.check(message)) this.#inbox.push({ bytes: message.body, id: message.id });
    } catch (error) {
      this.#options.onProblem(
        error instanceof PostError ? error.message : "not an object with id, timestamp, signature and body",
      );
    }
  }

  async send(text: string): Promise<void> {
    await this.#answer(this.#request({ method: "POST" }), ANSWER_MS, text);
  }

  receive() {
    return this.#inbox.read();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#inbox.end();
    this.#observed?.close();
    this.#agent.close();
  }
}
