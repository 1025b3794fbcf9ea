/** How long the frame at `at` is, header included; 0 when no header can look like this. */
export type FrameLength = (bytes: Buffer, at: number) => number;

/** Cuts a stream of bytes into frames. Holds at most one frame and one piece. */
export class FrameStream {
  readonly #headerBytes: number;
  readonly #length: FrameLength;
  readonly #emit: (frame: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  #heldBytes = 0;
  #needed: number;

  /** `emit` gets views, valid until it returns. */
  constructor(headerBytes: number, length: FrameLength, emit: (frame: Buffer) => void) {
    this.#headerBytes = headerBytes;
    this.#length = length;
    this.#emit = emit;
    this.#needed = headerBytes;
  }

  /** Takes a piece, cut anywhere. False when the stream is lost: the connection must be closed. */
  push(piece: Buffer): boolean {
    if (this.#heldBytes === 0) return this.#read(piece);
    this.#hold(piece);
    if (this.#heldBytes < this.#needed) return true;
    const bytes = this.#held.subarray(0, this.#heldBytes);
    this.#heldBytes = 0;
    return this.#read(bytes);
  }

  #read(bytes: Buffer): boolean {
    let at = 0;
    this.#needed = this.#headerBytes;
    while (bytes.length - at >= this.#headerBytes) {
      const length = this.#length(bytes, at);
      if (length === 0) return false;
      if (bytes.length - at < length) {
        this.#needed = length;
        break;
      }
      this.#emit(bytes.subarray(at, at + length));
      at += length;
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at));
    return true;
  }

  /** Puts a piece behind what is held; it may be a part of what was held. */
  #hold(piece: Buffer): void {
    const size = this.#heldBytes + piece.length;
    if (this.#held.length < size) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, this.#held.length * 2, 1_024));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes = size;
  }
}
