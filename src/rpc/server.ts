import { once } from "node:events";
import { rm } from "node:fs/promises";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { follow, Listeners } from "./follow.ts";
import { type Message, serviceDefinition } from "./proto.ts";

/** Thrown by a method to answer with a gRPC status of its own choice. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: status;
  constructor(code: status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type UnaryMethod = (request: Message) => Promise<Message> | Message;
export type StreamMethod = (request: Message, signal: AbortSignal) => AsyncIterable<Message>;
export type DuplexMethod = (requests: AsyncIterable<Message>, signal: AbortSignal) => AsyncIterable<Message>;
export type Method =
  | { readonly kind: "unary"; readonly run: UnaryMethod }
  | { readonly kind: "stream"; readonly run: StreamMethod }
  | { readonly kind: "duplex"; readonly run: DuplexMethod };

export const unary = (run: UnaryMethod): Method => ({ kind: "unary", run });
export const stream = (run: StreamMethod): Method => ({ kind: "stream", run });
export const duplex = (run: DuplexMethod): Method => ({ kind: "duplex", run });

export interface Service {
  /** Full name in `proto/`, e.g. "feimu.v1.Stage". */
  readonly service: string;
  /** One entry a method of the contract, camelCase. */
  readonly methods: Record<string, Method>;
}

export interface RpcServer {
  /** What grpc.health.v1 answers. */
  setServing(serving: boolean): void;
  close(): void;
}

const grpcError = (error: unknown) => ({
  code: error instanceof RpcError ? error.code : status.INTERNAL,
  details: error instanceof Error ? error.message : String(error),
});

/** Writes what `source` yields until it ends, the caller leaves, or a write waits for a slow reader. */
async function pump(
  call: ServerWritableStream<Message, Message> | ServerDuplexStream<Message, Message>,
  run: (signal: AbortSignal) => AsyncIterable<Message>,
): Promise<void> {
  const ended = new AbortController();
  call.once("cancelled", () => ended.abort());
  call.once("close", () => ended.abort());
  call.on("error", () => ended.abort());
  try {
    for await (const message of run(ended.signal)) {
      if (ended.signal.aborted) return;
      if (!call.write(message)) await once(call, "drain", { signal: ended.signal });
    }
    call.end();
  } catch (error) {
    if (!ended.signal.aborted) call.emit("error", grpcError(error));
  } finally {
    ended.abort();
  }
}

function implementation(methods: Record<string, Method>): UntypedServiceImplementation {
  const out: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(methods)) {
    if (method.kind === "unary") {
      out[name] = async (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
        try {
          callback(null, await method.run(call.request));
        } catch (error) {
          callback(grpcError(error));
        }
      };
    } else if (method.kind === "stream") {
      out[name] = (call: ServerWritableStream<Message, Message>) =>
        void pump(call, (signal) => method.run(call.request, signal));
    } else {
      out[name] = (call: ServerDuplexStream<Message, Message>) =>
        void pump(call, (signal) => method.run(call, signal));
    }
  }
  return out;
}

/** grpc.health.v1: one answer for the whole process. */
function health(current: () => boolean, onChange: Listeners["on"]): Service {
  const reply = () => ({ status: current() ? 1 : 2 });
  return {
    service: "grpc.health.v1.Health",
    methods: {
      check: unary(reply),
      watch: stream((_request, signal) => follow(reply, onChange, signal)),
    },
  };
}

/**
 * Serves contracts on a Unix socket; a stale socket file is removed first.
 * Health is served beside them and says NOT_SERVING until `setServing(true)`.
 */
export async function serve(socketPath: string, services: readonly Service[]): Promise<RpcServer> {
  await rm(socketPath, { force: true });
  const server = new Server({ "grpc.max_receive_message_length": 16 << 20 });
  let serving = false;
  const listeners = new Listeners();
  const healthService = health(() => serving, listeners.on);
  for (const { service, methods } of [...services, healthService]) {
    server.addService(serviceDefinition(service), implementation(methods));
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return {
    setServing(value) {
      serving = value;
      listeners.tell();
    },
    close() {
      server.forceShutdown();
    },
  };
}
