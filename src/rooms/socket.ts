import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import WebSocket from "ws";
import { isPrivateHost } from "../box/addresses.ts";
import { USER_AGENT } from "./http.ts";
import type { SocketTransport } from "./platform.ts";
import { RoomError } from "./room.ts";

/** Where a room's messages come from. */
export interface Endpoint {
  readonly transport: SocketTransport;
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  /** Unencrypted also to an address that is not on this network. */
  readonly allowPlain: boolean;
  /** Of a WebSocket. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked this often whether it is still there, where the messages themselves do not ask; WebSocket only. */
  readonly pingMs?: number;
}

/** Of a WebSocket's address: ws: and http: are not encrypted. */
export function endpointAt(
  address: string,
  allowPlain: boolean,
  headers: Readonly<Record<string, string>> = {},
): Endpoint {
  const { protocol, hostname, port, pathname, search } = new URL(address);
  const encrypted = protocol === "wss:" || protocol === "https:";
  return {
    transport: "websocket",
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (encrypted ? 443 : 80),
    encrypted,
    allowPlain,
    path: pathname + search,
    headers: { "user-agent": USER_AGENT, ...headers },
  };
}

/** A connection over WebSocket or TCP: bytes both ways. */
export interface RoomSocket {
  /** Text is a text message of a WebSocket. */
  send(data: Uint8Array | string): void;
  /** Resolves with the reason when it is closed. */
  readonly closed: Promise<string>;
  /** Sends what waits and says goodbye; whoever does not answer is cut off. */
  end(): void;
  close(): void;
}

const CONNECT_MS = 10_000;
const GOODBYE_MS = 500;
/** A message is longer than this only in an attack; the inflated one too. */
const MAX_MESSAGE_BYTES = 4 << 20;
/** Of a TCP connection, used again for each read. */
const READ_BYTES = 4 << 10;

/** Throws ROOM_INSECURE_HOST. */
export function refuseInsecure({
  host,
  encrypted,
  allowPlain,
}: Pick<Endpoint, "host" | "encrypted" | "allowPlain">): void {
  if (encrypted || allowPlain || isPrivateHost(host)) return;
  throw new RoomError(
    "ROOM_INSECURE_HOST",
    `${host} would be reached without encryption, and is not on this network`,
  );
}

/**
 * Connects, unless the signal is aborted first; later the connection is its owner's to close. `receive` gets a view of each message or
 * piece of the stream, valid until it returns. Throws ROOM_UNREACHABLE or ROOM_INSECURE_HOST.
 */
export async function openSocket(
  endpoint: Endpoint,
  receive: (bytes: Buffer) => void,
  signal: AbortSignal,
): Promise<RoomSocket> {
  refuseInsecure(endpoint);
  try {
    return await (endpoint.transport === "tcp" ? openTcp : openWebSocket)(endpoint, receive, signal);
  } catch (cause) {
    const refused = cause instanceof Error && /response: 40[13]$/.test(cause.message);
    throw new RoomError(
      refused ? "ROOM_TOKEN_REFUSED" : "ROOM_UNREACHABLE",
      `${endpoint.host} does not take the connection`,
      { cause },
    );
  }
}

async function openWebSocket(
  { host, port, encrypted, path = "/", headers, pingMs }: Endpoint,
  receive: (bytes: Buffer) => void,
  signal: AbortSignal,
): Promise<RoomSocket> {
  const name = host.includes(":") ? `[${host}]` : host;
  const socket = new WebSocket(`${encrypted ? "wss" : "ws"}://${name}:${port}${path}`, {
    headers: { ...headers },
    // Taken where the server offers it, without a window that each idle room would hold; what it inflates to is bounded like all messages.
    perMessageDeflate: { clientNoContextTakeover: true, serverNoContextTakeover: true },
    maxPayload: MAX_MESSAGE_BYTES,
    handshakeTimeout: CONNECT_MS,
    followRedirects: false,
  });
  socket.binaryType = "nodebuffer";
  let reason = "";
  const closed = new Promise<string>((resolve) => {
    socket.once("close", (code) => resolve(reason || `closed with ${code}`));
  });
  socket.on("error", (error) => {
    reason = error.message;
  });
  socket.on("message", (data: Buffer) => receive(data));
  const abort = () => socket.terminate();
  await once(socket, "open", { signal }).catch((error) => {
    abort();
    throw error;
  });
  if (pingMs) keepAsking(socket, pingMs);
  return {
    send: (data) => socket.send(data),
    closed,
    end() {
      socket.close(1000);
      setTimeout(abort, GOODBYE_MS).unref();
    },
    close: abort,
  };
}

/** Cuts a connection off that did not answer the last ping when the next one is due. */
function keepAsking(socket: WebSocket, everyMs: number): void {
  let answered = true;
  socket.on("pong", () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}

async function openTcp(
  { host, port, encrypted }: Endpoint,
  receive: (bytes: Buffer) => void,
  signal: AbortSignal,
): Promise<RoomSocket> {
  const options = {
    host,
    port,
    noDelay: true,
    // One buffer a connection instead of a new one for each read.
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(length: number, buffer: Uint8Array) {
        receive(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        return true;
      },
    },
  };
  const socket = encrypted ? connectTls({ ...options, servername: host }) : connectTcp(options);
  let reason = "closed";
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(reason)));
  socket.on("error", (error) => {
    reason = error.message;
  });
  const abort = () => socket.destroy();
  await once(socket, encrypted ? "secureConnect" : "connect", {
    signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]),
  }).catch((error) => {
    abort();
    throw error;
  });
  return {
    send: (data) => void socket.write(data),
    closed,
    end() {
      socket.end();
      setTimeout(abort, GOODBYE_MS).unref();
    },
    close: abort,
  };
}
