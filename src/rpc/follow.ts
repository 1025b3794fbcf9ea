/** Yields the current value at once and again after each change, until the signal. Changes in between are one. */
export async function* follow<T>(
  current: () => T,
  onChange: (listener: () => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let wake = () => {};
  const off = onChange(() => wake());
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      yield current();
      if (signal.aborted) return;
      await changed;
    }
  } finally {
    off();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Listeners without arguments; `on` returns what takes one off again. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  readonly on = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
