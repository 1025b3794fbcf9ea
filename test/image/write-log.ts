import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";

/** One write, flush or discard of a disk. */
export interface LoggedWrite {
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
  readonly flush: boolean;
  /** Durable when it is done, like a write and a flush. */
  readonly forced: boolean;
  readonly discard: boolean;
  /** Where its data lies in the log. */
  readonly dataAt: number;
}

const MAGIC = 0x6a736677736872n;
const FLUSH = 1;
const FUA = 2;
const DISCARD = 4;

/**
 * What QEMU's blklogwrites recorded, in order: the format of the kernel's dm-log-writes. A superblock of one sector, then
 * a header sector a write, its data after it. The log may end anywhere: its machine lost its power.
 */
export class WriteLog {
  readonly writes: readonly LoggedWrite[];
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "r");
    const size = fstatSync(this.#file).size;
    const head = this.#read(0, 24 + 8);
    if (head.readBigUInt64LE(0) !== MAGIC) throw new Error(`${path}: not a log of writes`);
    const sector = head.readUInt32LE(24);
    const writes: LoggedWrite[] = [];
    for (let at = sector; at + sector <= size; ) {
      const entry = this.#read(at, 32);
      const [start, sectors, flags] = [0, 8, 16].map((field) => Number(entry.readBigUInt64LE(field)));
      const discard = (flags! & DISCARD) !== 0;
      const length = sectors! * sector;
      if (length === 0 && flags === 0) break;
      const data = discard ? 0 : length;
      if (at + sector + data > size) break;
      writes.push({
        offset: start! * sector,
        length,
        flush: (flags! & FLUSH) !== 0,
        forced: (flags! & FUA) !== 0,
        discard,
        dataAt: at + sector,
      });
      at += sector + data;
    }
    this.writes = writes;
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, at);
    return bytes;
  }

  /** The first `length` bytes of what was written. */
  dataOf({ dataAt }: LoggedWrite, length: number): Buffer {
    return this.#read(dataAt, length);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** A disk at a moment of its past; goes forward only. */
export class Replay {
  readonly #log: WriteLog;
  readonly #disk: number;
  /** All writes before this one are on the disk. */
  #at = 0;
  #undo: { readonly offset: number; readonly before: Buffer }[] = [];

  constructor(log: WriteLog, disk: string) {
    this.#log = log;
    this.#disk = openSync(disk, "r+");
  }

  #apply(write: LoggedWrite, length: number, undoable: boolean): void {
    // What was discarded may read as before.
    if (length === 0 || write.discard) return;
    if (undoable) {
      const before = Buffer.alloc(length);
      readSync(this.#disk, before, 0, length, write.offset);
      this.#undo.push({ offset: write.offset, before });
    }
    writeSync(this.#disk, this.#log.dataOf(write, length), 0, length, write.offset);
  }

  /**
   * The disk as a power cut after the first `count` writes leaves it: all before the last flush, and of what came after a
   * part that `random` chooses, the last one of it perhaps torn at a sector. Returns how many were lost.
   */
  cutAfter(count: number, random: () => number): number {
    this.restore();
    const { writes } = this.#log;
    let durable = this.#at;
    for (let at = this.#at; at < count; at++) if (writes[at]!.flush) durable = at + 1;
    for (; this.#at < durable; this.#at++) {
      const write = writes[this.#at]!;
      this.#apply(write, write.length, false);
    }
    let lost = 0;
    for (let at = durable; at < count; at++) {
      const write = writes[at]!;
      const keeps = write.forced || random() < 0.5;
      if (!keeps) lost++;
      const torn = keeps && !write.forced && random() < 0.1;
      const sectors = write.length / 512;
      this.#apply(write, keeps ? (torn ? Math.floor(random() * sectors) * 512 : write.length) : 0, true);
    }
    return lost;
  }

  /** Takes back what came after the last flush. */
  restore(): void {
    for (const { offset, before } of this.#undo.reverse()) {
      writeSync(this.#disk, before, 0, before.length, offset);
    }
    this.#undo = [];
  }

  close(): void {
    closeSync(this.#disk);
  }
}
