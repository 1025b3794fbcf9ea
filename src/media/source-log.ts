import type { Logger } from "pino";
import type { NativeSourceStatus } from "./addon.ts";

/** Writes a line when a source changes its state, its sender or its failure, or refuses somebody new. */
export class SourceLog {
  readonly #log: Logger;
  readonly #told = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note(label: string, { state, sender, failure, refused, width, height }: NativeSourceStatus): void {
    const text = JSON.stringify([state, sender, failure, refused, width, height]);
    if (this.#told.get(label) === text) return;
    this.#told.set(label, text);
    const fields = { source: label, state, sender, width, height, refused, ...(failure && { failure }) };
    if (failure) this.#log.warn(fields, "source failed");
    else this.#log.info(fields, "source");
  }
}
