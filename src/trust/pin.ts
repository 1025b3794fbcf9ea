import { randomInt, timingSafeEqual } from "node:crypto";

const LIFE_MS = 10 * 60_000;
const TRIES = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;

export type PinAnswer =
  | { readonly outcome: "right" }
  | { readonly outcome: "wrong"; readonly triesLeft: number }
  | { readonly outcome: "wait"; readonly waitMs: number }
  | { readonly outcome: "not-offered" };

/**
 * The PIN that stands on the display: 8 digits, one use, ten minutes, five tries, then a wait that doubles each time.
 * The tries count for all callers together: an attacker has as many addresses as he likes.
 */
export class PinGate {
  readonly #now: () => number;
  readonly #onChange: (pin: string | undefined) => void;
  #pin: string | undefined;
  #expiresMs = 0;
  #triesLeft = TRIES;
  #waits = 0;
  #waitUntilMs = 0;

  constructor(now: () => number, onChange: (pin: string | undefined) => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** What the display shows now. */
  get current(): string | undefined {
    return this.#now() < this.#expiresMs && this.#now() >= this.#waitUntilMs ? this.#pin : undefined;
  }

  /** Puts a new PIN on the display, unless callers have to wait. */
  offer(): void {
    if (this.#now() < this.#waitUntilMs) return;
    this.#pin = String(randomInt(100_000_000)).padStart(8, "0");
    this.#expiresMs = this.#now() + LIFE_MS;
    this.#triesLeft = TRIES;
    this.#onChange(this.#pin);
  }

  withdraw(): void {
    if (this.#pin === undefined) return;
    this.#pin = undefined;
    this.#onChange(undefined);
  }

  check(given: string): PinAnswer {
    const waitMs = this.#waitUntilMs - this.#now();
    if (waitMs > 0) return { outcome: "wait", waitMs };
    const pin = this.current;
    if (pin === undefined) return { outcome: "not-offered" };
    const digits = given.replace(/\s/g, "");
    const equal = digits.length === pin.length && timingSafeEqual(Buffer.from(digits), Buffer.from(pin));
    if (equal) {
      this.#waits = 0;
      this.withdraw();
      return { outcome: "right" };
    }
    this.#triesLeft--;
    if (this.#triesLeft > 0) return { outcome: "wrong", triesLeft: this.#triesLeft };
    const nextWaitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#waits++);
    this.#waitUntilMs = this.#now() + nextWaitMs;
    this.withdraw();
    return { outcome: "wait", waitMs: nextWaitMs };
  }
}
