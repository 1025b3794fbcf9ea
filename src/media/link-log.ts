import type { Logger } from "pino";
import type { NativeLinkStatus } from "./addon.ts";

/** What a link does by itself all the time is no news. */
const waiting = ["waiting", "proving", "broken"];

/** Writes a line when a sink's link finds its other end, loses it, or fails. */
export class LinkLog {
  readonly #log: Logger;
  readonly #told = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note({ label, state, peer, failure, protected: isProtected }: NativeLinkStatus): void {
    const now = waiting.includes(state) ? state : "sending";
    const text = JSON.stringify([now, peer, failure]);
    if (this.#told.get(label) === text) return;
    this.#told.set(label, text);
    const fields = { sink: label, state: now, peer, protected: isProtected, ...(failure && { failure }) };
    if (failure) this.#log.warn(fields, "sink failed");
    else this.#log.info(fields, "sink");
  }
}
