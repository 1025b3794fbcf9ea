import { setTimeout as delay } from "node:timers/promises";
import { Client, credentials, Metadata, type ServiceDefinition } from "@grpc/grpc-js";
import { type Message, serviceDefinition } from "./proto.ts";

export interface RpcClient {
  /**
   * One request, one reply. Rejects with grpc-js's ServiceError (`code`, `details`). Default deadline 5 s. A process that
   * is away is an error at once, unless it is to be waited for (until the deadline).
   */
  unary(
    method: string,
    request: Message,
    options?: { deadlineMs?: number; waitForReady?: boolean },
  ): Promise<Message>;
  /**
   * Ends when the server ends; throws when the connection breaks; an aborted signal ends it quietly. A process that is away
   * is an error at once, unless it is to be waited for.
   */
  stream(
    method: string,
    request: Message,
    signal: AbortSignal,
    options?: { waitForReady?: boolean },
  ): AsyncIterable<Message>;
  duplex(method: string, requests: AsyncIterable<Message>, signal: AbortSignal): AsyncIterable<Message>;
  close(): void;
}

/** A client of one service on a Unix socket. It connects at the first call and again after each break. */
export function connect(socketPath: string, service: string): RpcClient {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    // A restarted process must be found again in well under a second.
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 500,
    "grpc.max_receive_message_length": 64 << 20,
  });
  const definition: ServiceDefinition = serviceDefinition(service);
  const describe = (method: string) => {
    const found = definition[method];
    if (!found) throw new TypeError(`Expected a method of ${service} but received "${method}"`);
    return found;
  };
  return {
    unary(method, request, { deadlineMs = 5_000, waitForReady = false } = {}) {
      const { path, requestSerialize, responseDeserialize } = describe(method);
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          new Metadata({ waitForReady }),
          { deadline: Date.now() + deadlineMs },
          (error, reply) => (error ? reject(error) : resolve(reply)),
        );
      });
    },
    async *stream(method, request, signal, { waitForReady = false } = {}) {
      const { path, requestSerialize, responseDeserialize } = describe(method);
      if (signal.aborted) return;
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata({ waitForReady }),
      );
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        yield* call;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", cancel);
        call.on("error", () => {});
        call.cancel();
      }
    },
    async *duplex(method, requests, signal) {
      const { path, requestSerialize, responseDeserialize } = describe(method);
      if (signal.aborted) return;
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      const sending = (async () => {
        for await (const request of requests) {
          if (call.destroyed) return;
          call.write(request);
        }
        call.end();
      })();
      sending.catch(cancel);
      try {
        yield* call;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", cancel);
        call.on("error", () => {});
        call.cancel();
      }
    },
    close() {
      client.close();
    },
  };
}

/**
 * Like `stream`, but begins again for ever: when the other process is there again, 50 ms after a break and growing to 1 s while
 * nothing comes. A function is asked for the request each time.
 */
export async function* watch(
  client: RpcClient,
  method: string,
  request: Message | (() => Message),
  signal: AbortSignal,
): AsyncIterable<Message> {
  let pauseMs = 50;
  while (!signal.aborted) {
    try {
      const now = typeof request === "function" ? request() : request;
      for await (const message of client.stream(method, now, signal, { waitForReady: true })) {
        pauseMs = 50;
        yield message;
      }
    } catch {
      // The other process is away; its supervisor brings it back.
    }
    if (signal.aborted) return;
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(1_000, pauseMs * 2);
  }
}
