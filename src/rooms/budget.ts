import { setTimeout as delay } from "node:timers/promises";

/** What a platform tolerates from one address. */
export interface Tolerance {
  /** Open at once. */
  readonly connections: number;
  /** Begun in a second, with all the calls that come before. */
  readonly perSecond: number;
}

/** Lets the rooms of one platform connect as often as it tolerates, in the order in which they ask. */
export class Budget {
  readonly #tolerance: Tolerance;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #nextMs = 0;

  constructor(tolerance: Tolerance) {
    this.#tolerance = tolerance;
  }

  /** Resolves when a connection may begin, with what gives its place back. Rejects when the signal is aborted before. */
  async enter(signal: AbortSignal, onFull: () => void = () => {}): Promise<() => void> {
    if (this.#open >= this.#tolerance.connections) {
      onFull();
      await this.#turn(signal);
    } else {
      this.#open++;
    }
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      // The place goes on to who waits.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#open--;
    };
    const nowMs = performance.now();
    const beginMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = beginMs + 1_000 / this.#tolerance.perSecond;
    try {
      if (beginMs > nowMs) await delay(beginMs - nowMs, undefined, { signal });
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#waiting.push(go);
    });
  }
}
