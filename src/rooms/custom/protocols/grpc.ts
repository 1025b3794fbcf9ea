import {
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { type Message, serviceDefinition } from "../../../rpc/proto.ts";
import { RoomError, type RoomFailure } from "../../room.ts";
import { authorization, type Delivery, type Protocol, type ProtocolOptions } from "../protocol.ts";

const CONNECT_MS = 10_000;
const KEEPALIVE_MS = 30_000;
const MAX_MESSAGE_BYTES = 1 << 20;

const refusals: Readonly<Partial<Record<status, RoomFailure>>> = {
  [status.UNAUTHENTICATED]: "ROOM_TOKEN_REFUSED",
  [status.PERMISSION_DENIED]: "ROOM_TOKEN_REFUSED",
  [status.NOT_FOUND]: "ROOM_NOT_FOUND",
  [status.RESOURCE_EXHAUSTED]: "ROOM_THROTTLED",
  [status.UNIMPLEMENTED]: "ROOM_BAD_REPLY",
};

/** feimu.v1.Feed of another system: a stream of comments. */
export class GrpcFeed implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #client: Client;
  #call: ClientReadableStream<Message> | undefined;
  #signal: AbortSignal | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
    const { address } = options;
    const channel = address.protocol === "grpcs:" ? credentials.createSsl() : credentials.createInsecure();
    this.#client = new Client(`${address.hostname}:${address.port || 443}`, channel, {
      "grpc.keepalive_time_ms": KEEPALIVE_MS,
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    });
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { id, address, credentials: given, cursor } = this.#options;
    this.#signal = signal;
    signal.addEventListener("abort", () => void this.close(), { once: true });
    await new Promise<void>((resolve, reject) => {
      this.#client.waitForReady(Date.now() + CONNECT_MS, (cause) =>
        cause
          ? reject(
              new RoomError("ROOM_UNREACHABLE", `own system ${id}: ${address.host} is not there`, { cause }),
            )
          : resolve(),
      );
    });
    const { path, requestSerialize } = serviceDefinition("feimu.v1.Feed").follow!;
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(authorization(given))) metadata.set(name, value);
    this.#call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      // As they are: what they say is judged elsewhere.
      (bytes: Buffer) => bytes,
      { room: id, after: cursor() },
      metadata,
    );
  }

  async send(): Promise<void> {
    throw new TypeError("Expected no hello: feimu.v1.Feed has a request of its own");
  }

  async *receive(): AsyncGenerator<Delivery> {
    const { id, address } = this.#options;
    let failure: RoomFailure = "ROOM_DROPPED";
    let cause: unknown;
    try {
      for await (const bytes of this.#call ?? []) yield { bytes };
    } catch (error) {
      cause = error;
      failure = refusals[(error as ServiceError).code] ?? failure;
    }
    if (!this.#signal?.aborted) {
      throw new RoomError(failure, `own system ${id}: ${address.host} ended the stream`, { cause });
    }
  }

  async close(): Promise<void> {
    this.#call?.on("error", () => {});
    this.#call?.cancel();
    this.#client.close();
  }
}
