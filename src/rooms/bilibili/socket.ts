import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import WebSocket from "ws";
import { isPrivateHost } from "../../box/addresses.ts";
import { RoomError } from "../room.ts";
import { type Host, ORIGIN, USER_AGENT } from "./api.ts";
import { MAX_PACKET_BYTES, type Packet, type PacketProblem, PacketReader, PacketStream } from "./packets.ts";

export interface SocketOptions {
  readonly transport: "websocket" | "tcp";
  /** ws:// instead of wss://. */
  readonly plain: boolean;
  /** Unencrypted connections to public addresses too. */
  readonly allowPlain: boolean;
}

export interface SocketListener {
  onPacket(packet: Packet): void;
  onProblem(problem: PacketProblem): void;
}

/** A connection to one of the room's hosts, over WebSocket or TCP: the same packets on both. */
export interface RoomSocket {
  send(packet: Buffer): void;
  /** Resolves with the reason when it is closed. */
  readonly closed: Promise<string>;
  close(): void;
}

const CONNECT_MS = 10_000;

function refuseInsecure(host: string, options: SocketOptions) {
  const encrypted = options.transport === "websocket" && !options.plain;
  if (encrypted || options.allowPlain || isPrivateHost(host)) return;
  throw new RoomError(
    "ROOM_INSECURE_HOST",
    `${host} would be reached without encryption, and is not on this network`,
  );
}

/** Throws ROOM_UNREACHABLE or ROOM_INSECURE_HOST. */
export async function openSocket(
  host: Host,
  options: SocketOptions,
  cookie: string,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<RoomSocket> {
  refuseInsecure(host.host, options);
  const name = host.host.includes(":") ? `[${host.host}]` : host.host;
  try {
    if (options.transport === "tcp") return await openTcp(host, listener, signal);
    const url = options.plain ? `ws://${name}:${host.wsPort}/sub` : `wss://${name}:${host.wssPort}/sub`;
    return await openWebSocket(url, cookie, listener, signal);
  } catch (cause) {
    throw new RoomError("ROOM_UNREACHABLE", `bilibili: ${name} does not take the connection`, { cause });
  }
}

async function openWebSocket(
  url: string,
  cookie: string,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<RoomSocket> {
  const socket = new WebSocket(url, {
    headers: { "user-agent": USER_AGENT, ...(cookie && { cookie }) },
    origin: ORIGIN,
    perMessageDeflate: false,
    maxPayload: MAX_PACKET_BYTES,
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
  const reader = new PacketReader(
    (packet) => listener.onPacket(packet),
    (problem) => listener.onProblem(problem),
  );
  socket.on("message", (data: Buffer, binary) => {
    if (binary) reader.read(data);
  });
  const abort = () => socket.terminate();
  signal.addEventListener("abort", abort, { once: true });
  void closed.then(() => signal.removeEventListener("abort", abort));
  await once(socket, "open", { signal });
  return { send: (packet) => socket.send(packet), closed, close: () => socket.terminate() };
}

async function openTcp(host: Host, listener: SocketListener, signal: AbortSignal): Promise<RoomSocket> {
  const socket = connectTcp({ host: host.host, port: host.port, noDelay: true });
  let reason = "closed";
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(reason)));
  socket.on("error", (error) => {
    reason = error.message;
  });
  const stream = new PacketStream(
    (packet) => listener.onPacket(packet),
    (problem) => listener.onProblem(problem),
  );
  socket.on("data", (chunk) => {
    if (stream.push(chunk)) return;
    reason = "the stream of packets is broken";
    socket.destroy();
  });
  const abort = () => socket.destroy();
  signal.addEventListener("abort", abort, { once: true });
  void closed.then(() => signal.removeEventListener("abort", abort));
  await once(socket, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) }).catch(
    (error) => {
      socket.destroy();
      throw error;
    },
  );
  return { send: (packet) => socket.write(packet), closed, close: () => socket.destroy() };
}
