import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { Buckets } from "./buckets.ts";

/** No two that look alike. */
const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const CODE_LENGTH = 8;
/** A code stands this long, and is good for as long again: who scans it late still comes in. */
const CODE_MS = 60_000;
const GUEST_BYTES = 9;
const SECRET_BYTES = 32;
/** A hall of phones may share one address. */
const ENTRIES = { capacity: 600, perSecond: 10 };
/** Three at once, then one every five seconds. */
const SAYS = { capacity: 3, perSecond: 0.2 };
/** All phones together. */
const ALL_SAYS = { capacity: 600, perSecond: 100 };

/** A guest who is sent away; the code is in the catalogue of failures. */
export class GuestError extends Error {
  override readonly name = "GuestError";
  readonly code: "GUEST_CODE_OLD" | "GUEST_WAIT" | "GUEST_CLOSED";
  readonly waitMs: number;
  constructor(code: GuestError["code"], waitMs = 0) {
    super(code);
    this.code = code;
    this.waitMs = waitMs;
  }
}

const newCode = () =>
  Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

function same(one: string, other: string): boolean {
  const [bytes, others] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}

/**
 * Who may post on the guests' page: a phone that has read the code on the display, which changes every minute. What it
 * gets for that is good until the event ends, also after a restart of the box, and there is no list of phones.
 */
export class Gate {
  readonly #file: string;
  readonly #now: () => number;
  #secret: Buffer;
  #code = newCode();
  #before = "";
  #changeMs: number;
  readonly #entries: Buckets;
  readonly #says: Buckets;
  readonly #all: Buckets;

  private constructor(file: string, secret: Buffer, now: () => number) {
    this.#file = file;
    this.#secret = secret;
    this.#now = now;
    this.#changeMs = now() + CODE_MS;
    this.#entries = new Buckets(ENTRIES, now);
    this.#says = new Buckets(SAYS, now);
    this.#all = new Buckets(ALL_SAYS, now);
  }

  /** The secret behind what guests hold lies in `file`; a new one is made when it cannot be read. */
  static async open(file: string, now: () => number = () => performance.now()): Promise<Gate> {
    const secret = await readFile(file).catch(() => Buffer.alloc(0));
    const gate = new Gate(file, secret, now);
    if (secret.length !== SECRET_BYTES) await gate.renew();
    return gate;
  }

  /** The code of now, for the display. */
  get code(): string {
    const late = this.#now() - this.#changeMs;
    if (late >= 0) {
      // Nobody asked for a while: the one before is old too.
      this.#before = late < CODE_MS ? this.#code : "";
      this.#code = newCode();
      this.#changeMs = this.#now() + CODE_MS;
    }
    return this.#code;
  }

  /** What a phone holds from now on. Throws GuestError. */
  enter(code: string, address: string): string {
    this.#spend(this.#entries, address);
    const given = code.toUpperCase();
    if (!same(given, this.code) && !(this.#before && same(given, this.#before))) {
      throw new GuestError("GUEST_CODE_OLD");
    }
    const guest = randomBytes(GUEST_BYTES).toString("base64url");
    return `${guest}.${this.#sign(guest)}`;
  }

  /** The phone that holds this; undefined when it is none of ours. */
  guestOf(held: string | undefined): string | undefined {
    const [guest = "", signature = ""] = held?.split(".") ?? [];
    return guest && same(signature, this.#sign(guest)) ? guest : undefined;
  }

  /** Counts something that a guest says. Throws GuestError when it is too much. */
  say(guest: string): void {
    this.#spend(this.#says, guest);
    this.#spend(this.#all, "");
  }

  /** The event ends: what guests hold is worth nothing any more. */
  async renew(): Promise<void> {
    this.#secret = randomBytes(SECRET_BYTES);
    this.#before = "";
    this.#code = newCode();
    this.#changeMs = this.#now() + CODE_MS;
    await writeFile(this.#file, this.#secret, { mode: 0o600 });
  }

  #sign(guest: string): string {
    return createHmac("sha256", this.#secret).update(guest).digest("base64url").slice(0, 22);
  }

  #spend(buckets: Buckets, key: string): void {
    const waitMs = buckets.spend(key);
    if (waitMs > 0) throw new GuestError("GUEST_WAIT", waitMs);
  }
}
