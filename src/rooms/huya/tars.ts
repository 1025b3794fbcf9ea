/*
 * TARS: each field has a head byte, tag << 4 | type; a tag from 15 on is written 0xf and stands in a byte of its own behind.
 * Types: 0 int8, 1 int16, 2 int32, 3 int64, 4 float, 5 double, 6 text (length in one byte), 7 text (length in four), 8 map, 9 list,
 * 10 struct begins, 11 struct ends, 12 the number 0, 13 bytes. Big-endian.
 */
const Type = {
  INT8: 0,
  INT16: 1,
  INT32: 2,
  INT64: 3,
  FLOAT: 4,
  DOUBLE: 5,
  SHORT_TEXT: 6,
  LONG_TEXT: 7,
  MAP: 8,
  LIST: 9,
  STRUCT: 10,
  STRUCT_END: 11,
  ZERO: 12,
  BYTES: 13,
} as const;
const LONG_TAG = 15;
/** Real ones nest five levels deep. */
const MAX_DEPTH = 16;
/** Fields, items and entries of one message. */
const MAX_VALUES = 20_000;

export class TarsError extends Error {
  override readonly name = "TarsError";
}

/** int64 is a bigint, a map is a list of its keys and values in turn. */
export type TarsValue = number | bigint | string | Buffer | readonly TarsValue[] | TarsStruct;
/** Values by their tags. */
export type TarsStruct = ReadonlyMap<number, TarsValue>;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw new TarsError("cut off");
    this.#at += length;
    return at;
  }

  head(): { readonly tag: number; readonly type: number } {
    const head = this.#bytes.readUInt8(this.#take(1));
    const tag = head >> 4;
    return { tag: tag === LONG_TAG ? this.#bytes.readUInt8(this.#take(1)) : tag, type: head & 0xf };
  }

  #count(depth: number): number {
    const { type } = this.head();
    const count = this.value(type, depth);
    if (typeof count !== "number" || count < 0 || !Number.isInteger(count)) throw new TarsError("no count");
    return count;
  }

  value(type: number, depth: number): TarsValue {
    if (depth > MAX_DEPTH) throw new TarsError("nested too deep");
    if (++this.#values > MAX_VALUES) throw new TarsError("too many values");
    const bytes = this.#bytes;
    switch (type) {
      case Type.INT8:
        return bytes.readInt8(this.#take(1));
      case Type.INT16:
        return bytes.readInt16BE(this.#take(2));
      case Type.INT32:
        return bytes.readInt32BE(this.#take(4));
      case Type.INT64:
        return bytes.readBigInt64BE(this.#take(8));
      case Type.FLOAT:
        return bytes.readFloatBE(this.#take(4));
      case Type.DOUBLE:
        return bytes.readDoubleBE(this.#take(8));
      case Type.SHORT_TEXT:
        return this.#text(bytes.readUInt8(this.#take(1)));
      case Type.LONG_TEXT:
        return this.#text(bytes.readUInt32BE(this.#take(4)));
      case Type.MAP:
        return this.#items(this.#count(depth + 1) * 2, depth);
      case Type.LIST:
        return this.#items(this.#count(depth + 1), depth);
      case Type.STRUCT:
        return this.struct(depth + 1);
      case Type.ZERO:
        return 0;
      case Type.BYTES: {
        if (this.head().type !== Type.INT8) throw new TarsError("bytes of another type");
        const length = this.#count(depth + 1);
        const at = this.#take(length);
        return bytes.subarray(at, at + length);
      }
      default:
        throw new TarsError(`type ${type}`);
    }
  }

  #text(length: number): string {
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  #items(count: number, depth: number): TarsValue[] {
    const items: TarsValue[] = [];
    for (let index = 0; index < count; index++) items.push(this.value(this.head().type, depth + 1));
    return items;
  }

  /** Up to its end; the outermost one ends with the bytes. */
  struct(depth: number): TarsStruct {
    const fields = new Map<number, TarsValue>();
    while (depth > 0 || !this.done) {
      const { tag, type } = this.head();
      if (type === Type.STRUCT_END) return fields;
      fields.set(tag, this.value(type, depth));
    }
    return fields;
  }
}

/** Reads a message. Bytes inside are views of `bytes`. Throws TarsError. */
export function readTars(bytes: Buffer): TarsStruct {
  return new Reader(bytes).struct(0);
}

export type Writable = number | bigint | string | Uint8Array | readonly Writable[] | WritableStruct;
/** Fields in the order of their tags; readers rely on it. */
export interface WritableStruct {
  readonly [tag: number]: Writable;
}

function head(tag: number, type: number): Buffer {
  return Buffer.from(tag < LONG_TAG ? [(tag << 4) | type] : [(LONG_TAG << 4) | type, tag]);
}

function number(tag: number, value: number | bigint): Buffer {
  const wide = BigInt(value);
  if (wide === 0n) return head(tag, Type.ZERO);
  const type = [8, 16, 32, 64].findIndex((bits) => BigInt.asIntN(bits, wide) === wide);
  if (type < 0) throw new TarsError(`${value} is longer than 64 bits`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(wide);
  return Buffer.concat([head(tag, type), bytes.subarray(8 - 2 ** type)]);
}

function value(tag: number, given: Writable): Buffer {
  if (typeof given === "number" || typeof given === "bigint") return number(tag, given);
  if (typeof given === "string") {
    const text = Buffer.from(given);
    const long = text.length > 255;
    const length = Buffer.alloc(long ? 4 : 1);
    if (long) length.writeUInt32BE(text.length);
    else length.writeUInt8(text.length);
    return Buffer.concat([head(tag, long ? Type.LONG_TEXT : Type.SHORT_TEXT), length, text]);
  }
  if (given instanceof Uint8Array) {
    return Buffer.concat([head(tag, Type.BYTES), head(0, Type.INT8), number(0, given.length), given]);
  }
  if (Array.isArray(given)) {
    return Buffer.concat([
      head(tag, Type.LIST),
      number(0, given.length),
      ...given.map((item) => value(0, item)),
    ]);
  }
  return Buffer.concat([
    head(tag, Type.STRUCT),
    writeTars(given as WritableStruct),
    head(0, Type.STRUCT_END),
  ]);
}

/** The bytes of a message. */
export function writeTars(fields: WritableStruct): Buffer {
  return Buffer.concat(Object.entries(fields).map(([tag, given]) => value(Number(tag), given)));
}
