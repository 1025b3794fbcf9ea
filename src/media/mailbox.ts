/** Messages from callbacks to one reader that iterates. Holds what was not read yet; ends with `close` or the signal. */
export class Mailbox<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => {};
  #closed = false;

  push(message: T): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<T> {
    const onAbort = () => this.close();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) this.close();
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next !== undefined) yield next;
        else if (this.#closed) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
