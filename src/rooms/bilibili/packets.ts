import { inflateSync } from "node:zlib";
import { BROTLI_BROKEN, inflateBrotli } from "../../comments/addon.ts";
import { FrameStream } from "../frame-stream.ts";

/*
 * 0               4       6       8               12              16 … header length
 * +---------------+-------+-------+---------------+---------------+------+
 * | packet length | hdr   | ver-  | operation     | sequence      | body |
 * | with header   | len   | sion  |               |               |      |
 * +---------------+-------+-------+---------------+---------------+------+   big-endian
 *
 * 0000001a 0010 0001 00000008 00000001 7b22636f6465223a307d   an auth reply: {"code":0}
 */
export const HEADER_BYTES = 16;
/** A real packet stays below 1 MiB; a longer one is an attack or a lost stream. */
export const MAX_PACKET_BYTES = 4 << 20;
/** Inflated bytes that one packet from the wire may turn into, all nesting together. */
export const MAX_INFLATED_BYTES = 8 << 20;
/** Real: 1. */
const MAX_NESTING = 4;
/** Holds what twenty comments inflate to. */
const SCRATCH_BYTES = 64 << 10;
/** One a level of nesting for all rooms: a message is read from its beginning to its end before the next one. */
const scratches: Buffer[] = [];

export const Operation = { HEARTBEAT: 2, HEARTBEAT_REPLY: 3, MESSAGE: 5, AUTH: 7, AUTH_REPLY: 8 } as const;

export interface Packet {
  readonly operation: number;
  readonly version: number;
  readonly sequence: number;
  /** A view of the received or inflated bytes, valid until the reader's `emit` returns. */
  readonly body: Buffer;
}

export type PacketProblem =
  | "bad-length"
  | "bad-header-length"
  | "truncated-body"
  | "truncated-header"
  | "decompress"
  | "decompress-limit"
  | "nesting"
  | "unknown-version"
  | "unknown-operation"
  | "short-body";
type Report = (problem: PacketProblem) => void;

/** Bytes of one packet, version 1, sequence 1 as the web page sends it. */
export function formatPacket(operation: number, body: Uint8Array | string = "", version = 1): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const packet = Buffer.alloc(HEADER_BYTES + bytes.length);
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt16BE(HEADER_BYTES, 4);
  packet.writeUInt16BE(version, 6);
  packet.writeUInt32BE(operation, 8);
  packet.writeUInt32BE(version === 0 ? 0 : 1, 12);
  packet.set(bytes, HEADER_BYTES);
  return packet;
}

function headerProblem(bytes: Buffer, at: number): PacketProblem | undefined {
  const length = bytes.readUInt32BE(at);
  if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) return "bad-length";
  const headerLength = bytes.readUInt16BE(at + 4);
  return headerLength < HEADER_BYTES || headerLength > length ? "bad-header-length" : undefined;
}

function packetAt(bytes: Buffer, at: number): Packet {
  return {
    operation: bytes.readUInt32BE(at + 8),
    version: bytes.readUInt16BE(at + 6),
    sequence: bytes.readUInt32BE(at + 12),
    body: bytes.subarray(at + bytes.readUInt16BE(at + 4), at + bytes.readUInt32BE(at)),
  };
}

/**
 * Reads WebSocket messages: `emit` gets every packet after decompression, in order. What cannot be read goes to
 * `report`, and only what lies behind a broken length is lost. A packet's body is valid until `emit` returns.
 */
export class PacketReader {
  readonly #emit: (packet: Packet) => void;
  readonly #report: Report;
  /** Bytes that this message may still inflate to. */
  #budget = 0;

  constructor(emit: (packet: Packet) => void, report: Report) {
    this.#emit = emit;
    this.#report = report;
  }

  read(bytes: Buffer): void {
    this.#budget = MAX_INFLATED_BYTES;
    this.#read(bytes, 0);
  }

  #read(bytes: Buffer, depth: number) {
    let at = 0;
    while (at < bytes.length) {
      if (bytes.length - at < HEADER_BYTES) return this.#report("truncated-header");
      const problem = headerProblem(bytes, at);
      if (problem) return this.#report(problem);
      const length = bytes.readUInt32BE(at);
      if (at + length > bytes.length) return this.#report("truncated-body");
      const packet = packetAt(bytes, at);
      this.#unwrap(packet, depth);
      // The server appends the client's own heartbeat body behind its reply: no packet follows.
      if (packet.operation === Operation.HEARTBEAT_REPLY) return;
      at += length;
    }
  }

  /** Gives `emit` the packet, or those inside it when it is compressed. */
  #unwrap(packet: Packet, depth: number) {
    switch (packet.operation) {
      case Operation.MESSAGE: {
        if (packet.body.length === 0) return;
        if (packet.version < 2) return this.#emit(packet);
        if (packet.version > 3) return this.#report("unknown-version");
        if (depth >= MAX_NESTING) return this.#report("nesting");
        const inner =
          packet.version === 2 ? this.#inflateZlib(packet.body) : this.#inflateBrotli(packet.body, depth);
        if (typeof inner === "string") return this.#report(inner);
        this.#budget -= inner.length;
        return this.#read(inner, depth + 1);
      }
      case Operation.HEARTBEAT_REPLY:
        return packet.body.length < 4 ? this.#report("short-body") : this.#emit(packet);
      case Operation.HEARTBEAT:
      case Operation.AUTH:
      case Operation.AUTH_REPLY:
        return this.#emit(packet);
      default:
        return this.#report("unknown-operation");
    }
  }

  #overBudget(): PacketProblem {
    // The work was done all the same: a second bomb behind this one gets nothing.
    this.#budget = 0;
    return "decompress-limit";
  }

  #inflateZlib(body: Buffer): Buffer | PacketProblem {
    if (this.#budget <= 0) return "decompress-limit";
    try {
      return inflateSync(body, { maxOutputLength: this.#budget });
    } catch (error) {
      const tooLong = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      return tooLong ? this.#overBudget() : "decompress";
    }
  }

  #inflateBrotli(body: Buffer, depth: number): Buffer | PacketProblem {
    if (this.#budget <= 0) return "decompress-limit";
    for (let sizeBytes = SCRATCH_BYTES; ; sizeBytes *= 4) {
      const scratch = this.#scratch(depth, Math.min(sizeBytes, this.#budget));
      const result = inflateBrotli(body, scratch);
      if (result >= 0) return scratch.subarray(0, result);
      if (result === BROTLI_BROKEN) return "decompress";
      if (scratch.length >= this.#budget) return this.#overBudget();
    }
  }

  /** Larger ones than usual are not kept. */
  #scratch(depth: number, sizeBytes: number): Buffer {
    if (sizeBytes > SCRATCH_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
    scratches[depth] ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return scratches[depth].subarray(0, sizeBytes);
  }
}

/** Reads the same packets from a TCP stream, cut anywhere. */
export class PacketStream {
  readonly #frames: FrameStream;

  constructor(emit: (packet: Packet) => void, report: Report) {
    const reader = new PacketReader(emit, report);
    const length = (bytes: Buffer, at: number) => {
      const problem = headerProblem(bytes, at);
      if (problem) report(problem);
      return problem ? 0 : bytes.readUInt32BE(at);
    };
    this.#frames = new FrameStream(HEADER_BYTES, length, (frame) => reader.read(frame));
  }

  /** False when the stream is lost (a header that cannot be): the connection must be closed. */
  push(piece: Buffer): boolean {
    return this.#frames.push(piece);
  }
}
