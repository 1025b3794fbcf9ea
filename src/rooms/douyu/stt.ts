/**
 * Douyu's text: `key@=value/` for each field of a map, `item/` for each of a list. In keys, values and items `@` is written `@A` and `/`
 * is written `@S`; what is nested is written as text first and escaped as a whole, once more at each level. The text has no types: what is
 * nested is decoded by who knows that it is.
 */
export const escapeStt = (text: string) => text.replaceAll("@", "@A").replaceAll("/", "@S");

/** An `@` before anything else stays. */
export function unescapeStt(text: string): string {
  return text.includes("@") ? text.replace(/@[AS]/g, (pair) => (pair === "@A" ? "@" : "/")) : text;
}

const AT = 0x40;
const EQUALS = 0x3d;
const SLASH = 0x2f;
const MINUS = 0x2d;
/** Numbers that doubles hold have no more digits. */
const MAX_DIGITS = 15;

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

/**
 * Reads the fields of one level whose keys it was made for, out of the bytes of a message. Nothing is copied but what is asked for; all is valid
 * until the next `read`, or until the bytes change. A key that comes again counts; what has no `@=` is left out.
 */
export class SttReader {
  readonly #slots = new Map<string, number>();
  readonly #slotOfHash = new Map<number, number>();
  /** Begin and end of each value; begin is -1 where there is none. */
  readonly #ranges: Int32Array;
  /** Whether a value has escapes. */
  readonly #escaped: Uint8Array;
  #bytes: Buffer = Buffer.alloc(0);

  /** Keys without escapes, no two with one hash. */
  constructor(keys: readonly string[]) {
    for (const [slot, key] of keys.entries()) {
      const bytes = Buffer.from(key);
      this.#slots.set(key, slot);
      this.#slotOfHash.set(hashOf(bytes, 0, bytes.length), slot);
    }
    if (this.#slotOfHash.size !== keys.length) throw new Error("two keys have one hash");
    this.#ranges = new Int32Array(keys.length * 2);
    this.#escaped = new Uint8Array(keys.length);
  }

  read(bytes: Buffer): this {
    this.#bytes = bytes;
    this.#ranges.fill(-1);
    const { length } = bytes;
    for (let at = 0; at < length; ) {
      const start = at;
      let hash = 0;
      let valueAt = -1;
      let escaped = 0;
      for (; at < length; at++) {
        const byte = bytes[at];
        if (byte === SLASH) break;
        if (byte !== AT) continue;
        if (valueAt >= 0) escaped = 1;
        else if (bytes[at + 1] === EQUALS) {
          hash = hashOf(bytes, start, at);
          valueAt = at + 2;
          at++;
        }
      }
      const slot = valueAt < 0 ? undefined : this.#slotOfHash.get(hash);
      if (slot !== undefined) {
        this.#ranges[slot * 2] = valueAt;
        this.#ranges[slot * 2 + 1] = at;
        this.#escaped[slot] = escaped;
      }
      at++;
    }
    return this;
  }

  /** The text of a value, unescaped once; undefined when it is not there. */
  get(key: string): string | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) throw new Error(`not made for ${key}`);
    const start = this.#ranges[slot * 2] ?? -1;
    if (start < 0) return undefined;
    const text = this.#bytes.toString("utf8", start, this.#ranges[slot * 2 + 1]);
    return this.#escaped[slot] ? unescapeStt(text) : text;
  }

  /** A whole number; undefined when it is not there or none. */
  number(key: string): number | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) throw new Error(`not made for ${key}`);
    const start = this.#ranges[slot * 2] ?? -1;
    const end = this.#ranges[slot * 2 + 1] ?? -1;
    const negative = this.#bytes[start] === MINUS;
    const from = negative ? start + 1 : start;
    if (start < 0 || end <= from || end - from > MAX_DIGITS) return undefined;
    let value = 0;
    for (let at = from; at < end; at++) {
      const digit = (this.#bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
}

/** All fields of one level, values unescaped once. A key that comes again counts; what has no `@=` is left out. */
export function parseStt(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const slash = text.indexOf("/", at);
    const end = slash < 0 ? text.length : slash;
    const equals = text.indexOf("@=", at);
    if (equals >= 0 && equals < end) {
      fields.set(unescapeStt(text.slice(at, equals)), unescapeStt(text.slice(equals + 2, end)));
    }
    at = end + 1;
  }
  return fields;
}

export type Stt = string | number | readonly Stt[] | { readonly [key: string]: Stt };

/** Any nesting of maps and lists as text. */
export function formatStt(value: Stt): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  const nested = (inner: Stt) => escapeStt(formatStt(inner));
  if (Array.isArray(value)) return value.map((item) => `${nested(item)}/`).join("");
  return Object.entries(value)
    .map(([key, item]) => `${escapeStt(key)}@=${nested(item)}/`)
    .join("");
}
