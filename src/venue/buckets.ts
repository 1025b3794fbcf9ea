/** The longest unused ones are forgotten, which fills them. */
const MAX_BUCKETS = 8_192;

/** Token buckets by key: `capacity` at once, then `perSecond`. */
export class Buckets {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>();

  constructor({ capacity, perSecond }: { capacity: number; perSecond: number }, now: () => number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1_000;
    this.#now = now;
  }

  /** Takes a token. Returns 0, or how long to wait for one when there is none. */
  spend(key: string): number {
    const nowMs = this.#now();
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: this.#capacity, atMs: nowMs };
    const now = Math.min(this.#capacity, tokens + (nowMs - atMs) * this.#perMs);
    const waitMs = now >= 1 ? 0 : (1 - now) / this.#perMs;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: waitMs > 0 ? now : now - 1, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
    return waitMs;
  }
}
