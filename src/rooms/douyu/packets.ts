import { FrameStream } from "../frame-stream.ts";

/*
 * 0               4               8       10  11  12                  4 + length
 * +---------------+---------------+-------+---+---+------------------+---+
 * | length        | length again  | type  |enc| 0 | STT text, UTF-8  |NUL|   little-endian
 * +---------------+---------------+-------+---+---+------------------+---+
 * length: all that follows its first field; type 689 to the server, 690 from it
 *
 * 14000000 14000000 b102 00 00 74797065403d6d726b6c2f 00   type@=mrkl/
 */
const HEADER_BYTES = 12;
const LENGTH_BYTES = 4;
const MIN_LENGTH = 9;
/** A real packet stays below 64 KiB. */
export const MAX_PACKET_BYTES = 1 << 20;
export const TO_SERVER = 689;
export const FROM_SERVER = 690;

export type PacketProblem =
  | "bad-length"
  | "length-mismatch"
  | "encrypted"
  | "truncated-header"
  | "truncated-body";

export function formatPacket(text: string, type = TO_SERVER): Buffer {
  const body = Buffer.from(text);
  const packet = Buffer.alloc(HEADER_BYTES + body.length + 1);
  packet.writeUInt32LE(packet.length - LENGTH_BYTES, 0);
  packet.writeUInt32LE(packet.length - LENGTH_BYTES, 4);
  packet.writeUInt16LE(type, 8);
  packet.set(body, HEADER_BYTES);
  return packet;
}

function headerProblem(bytes: Buffer, at: number): PacketProblem | undefined {
  const length = bytes.readUInt32LE(at);
  if (length < MIN_LENGTH || length > MAX_PACKET_BYTES - LENGTH_BYTES) return "bad-length";
  return bytes.readUInt32LE(at + 4) === length ? undefined : "length-mismatch";
}

/**
 * Reads packets out of WebSocket messages (`read`: whole ones, several in a message) or a TCP stream (`push`: cut anywhere). `emit` gets the
 * text of each as a view, valid until it returns.
 */
export class PacketReader {
  readonly #emit: (text: Buffer) => void;
  readonly #report: (problem: PacketProblem) => void;
  readonly #frames: FrameStream;

  constructor(emit: (text: Buffer) => void, report: (problem: PacketProblem) => void) {
    this.#emit = emit;
    this.#report = report;
    const length = (bytes: Buffer, at: number) => {
      const problem = headerProblem(bytes, at);
      if (problem) report(problem);
      return problem ? 0 : bytes.readUInt32LE(at) + LENGTH_BYTES;
    };
    this.#frames = new FrameStream(HEADER_BYTES, length, (frame) => this.#take(frame));
  }

  read(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const cut = bytes.length - at < HEADER_BYTES;
      const length = cut ? 0 : bytes.readUInt32LE(at) + LENGTH_BYTES;
      const problem = cut
        ? "truncated-header"
        : (headerProblem(bytes, at) ?? (at + length > bytes.length ? "truncated-body" : undefined));
      if (problem) {
        this.#report(problem);
        return;
      }
      this.#take(bytes.subarray(at, at + length));
      at += length;
    }
  }

  /** False when the stream is lost: the connection must be closed. */
  push(piece: Buffer): boolean {
    return this.#frames.push(piece);
  }

  #take(packet: Buffer) {
    const end = packet.at(-1) === 0 ? packet.length - 1 : packet.length;
    if (packet[10] === 0) this.#emit(packet.subarray(HEADER_BYTES, end));
    else this.#report("encrypted");
  }
}
