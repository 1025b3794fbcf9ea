import { setTimeout as delay } from "node:timers/promises";
import { getText } from "../../http.ts";
import { RoomError, type RoomFailure } from "../../room.ts";
import { authorization, type Delivery, type Protocol, type ProtocolOptions } from "../protocol.ts";

/** The other system may hold an answer back this long while it has nothing to say. */
const HOLD_MS = 90_000;
/** Who holds the first answer back this long has let us in. */
const LET_IN_MS = 3_000;
/** Between answers, at least: a system that holds none back is not asked without pause. */
const PAUSE_MS = 1_000;

const refusals: Readonly<Record<number, RoomFailure>> = {
  401: "ROOM_TOKEN_REFUSED",
  403: "ROOM_TOKEN_REFUSED",
  404: "ROOM_NOT_FOUND",
};
/** Nothing new; the others are what proxies say of an answer that is held back. */
const nothing = new Set([204, 304, 408, 504]);

/** Asks again and again over HTTP; the other system answers when there is something new. */
export class LongPoll implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #closed = new AbortController();
  #signal = this.#closed.signal;
  #hello: string | undefined;
  #first: Promise<Buffer | undefined> | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#signal = AbortSignal.any([signal, this.#closed.signal]);
    this.#first = this.#ask();
    const early = new AbortController();
    try {
      await Promise.race([this.#first, delay(LET_IN_MS, undefined, { signal: early.signal })]);
    } finally {
      early.abort();
    }
  }

  /** Every question carries it from now on. */
  async send(text: string): Promise<void> {
    this.#hello = text;
  }

  async *receive(): AsyncGenerator<Delivery> {
    let answer = this.#first ?? this.#ask();
    for (;;) {
      const askedMs = performance.now();
      const at = this.#options.cursor();
      const bytes = await answer.catch((error) => {
        if (this.#signal.aborted) return undefined;
        throw error;
      });
      if (this.#signal.aborted) return;
      if (bytes) yield { bytes };
      const pauseMs = PAUSE_MS - (performance.now() - askedMs);
      // Another cursor is another question.
      if (pauseMs > 0 && this.#options.cursor() === at)
        await delay(pauseMs, undefined, { signal: this.#signal }).catch(() => {});
      answer = this.#ask();
    }
  }

  async #ask(): Promise<Buffer | undefined> {
    const { id, credentials, cursor } = this.#options;
    const address = new URL(this.#options.address);
    const at = cursor();
    if (at) address.searchParams.set("cursor", at);
    const hello = this.#hello;
    const request = {
      headers: { accept: "application/json", ...authorization(credentials) },
      ...(hello !== undefined && { method: "POST", body: hello }),
    };
    const { status, bytes } = await getText(address.href, request, this.#signal, HOLD_MS);
    if (nothing.has(status)) return undefined;
    if (status !== 200) {
      throw new RoomError(
        refusals[status] ?? "ROOM_BAD_REPLY",
        `own system ${id}: ${address.host} says ${status}`,
      );
    }
    return bytes;
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}
