import type { RoomConfig } from "../../box/config.ts";
import type { Transport } from "../platform.ts";
import type { Post } from "../post.ts";
import { RoomError, type RoomFailure } from "../room.ts";
import { refuseInsecure } from "../socket.ts";

/** A message of the other system. */
export interface Delivery {
  readonly bytes: Uint8Array;
  /** The same again when the same message is delivered again. */
  readonly id?: string;
  /** Called when the message was taken. */
  readonly done?: () => void;
}

/** One connection to another system, whatever it speaks. Made for one connection, used once. */
export interface Protocol {
  /** Resolves when the other system has let us in. Throws RoomError. An aborted signal ends the connection, then and later. */
  connect(signal: AbortSignal): Promise<void>;
  send(text: string): Promise<void>;
  /** Ends with the connection; throws RoomError when we did not end it. */
  receive(): AsyncIterable<Delivery>;
  close(): Promise<void>;
  /** Takes what came by itself. Returns how many messages of it are new. Throws PostError. */
  take?(post: Post): number;
}

export interface ProtocolOptions {
  /** The room's name in the configuration. */
  readonly id: string;
  readonly address: URL;
  readonly allowPlain: boolean;
  readonly credentials: Readonly<Record<string, string | undefined>>;
  /** What the last message said where to go on, "" at first. */
  readonly cursor: () => string;
  /** A message was skipped. */
  readonly onProblem: (problem: string) => void;
  /** For what a protocol must know of earlier connections of the same room. */
  readonly memory: Map<string, string>;
}

/** Every protocol, by the transport in the configuration. The code is loaded when it is used. */
const protocols: Readonly<Partial<Record<Transport, (options: ProtocolOptions) => Promise<Protocol>>>> = {
  webhook: async (options) => new (await import("./protocols/webhook.ts")).Webhook(options),
  "long-poll": async (options) => new (await import("./protocols/long-poll.ts")).LongPoll(options),
  websocket: async (options) => new (await import("./protocols/websocket.ts")).WebSocketFeed(options),
  mqtt: async (options) => new (await import("./protocols/mqtt.ts")).MqttFeed(options),
  grpc: async (options) => new (await import("./protocols/grpc.ts")).GrpcFeed(options),
  coap: async (options) => new (await import("./protocols/coap.ts")).CoapFeed(options),
};

/** Throws RoomError when the address is not encrypted and not on this network. */
export async function openProtocol(
  config: RoomConfig,
  keeps: Pick<ProtocolOptions, "cursor" | "memory" | "onProblem">,
): Promise<Protocol> {
  const { id, transport = "webhook", endpoints, allowPlain, credentials = {} } = config;
  const open = protocols[transport];
  if (!open) throw new TypeError(`Expected a protocol but received "${transport}"`);
  // A webhook connects to nothing.
  const address = new URL(endpoints?.feed ?? "http://localhost");
  const encrypted = /^(?:https|wss|mqtts|grpcs):$/.test(address.protocol);
  refuseInsecure({ host: address.hostname, encrypted, allowPlain });
  return open({ id, address, allowPlain, credentials, ...keeps });
}

/** Deliveries from callbacks to the one who receives, and how it ended: the first reason counts. */
export class Inbox {
  readonly #waiting: Delivery[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #failure: RoomError | undefined;

  push(delivery: Delivery): void {
    if (this.#ended) return;
    this.#waiting.push(delivery);
    this.#wake();
  }

  /** What came before is still received. */
  end(failure?: RoomError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  fail(code: RoomFailure, message: string, cause?: unknown): void {
    this.end(new RoomError(code, message, { cause }));
  }

  async *read(): AsyncGenerator<Delivery> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) yield next;
      else if (this.#failure) throw this.#failure;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** `Authorization` for HTTP and gRPC, where the user gave something for it. */
export function authorization({ token, username, password = "" }: ProtocolOptions["credentials"]): {
  authorization?: string;
} {
  if (token) return { authorization: `Bearer ${token}` };
  if (username) {
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
  }
  return {};
}
