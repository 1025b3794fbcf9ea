import type { RpcClient } from "../rpc/client.ts";

const REPORT_MS = 20_000;

/** Tells the process that judges comments whether somebody is at a page: now and then, and at once when somebody comes back. */
export class AttendanceReport {
  readonly #moderation: RpcClient;
  readonly #owned: () => boolean;
  #active = false;
  #attended = true;

  constructor(moderation: RpcClient, owned: () => boolean) {
    this.#moderation = moderation;
    this.#owned = owned;
  }

  run(signal: AbortSignal): void {
    const timer = setInterval(this.#report, REPORT_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    this.#report();
  }

  /** What the other process thinks. */
  told(attended: boolean): void {
    this.#attended = attended;
  }

  /** Somebody did something. */
  readonly active = (): void => {
    this.#active = true;
    if (!this.#attended) this.#report();
  };

  readonly #report = (): void => {
    const report = { owned: this.#owned(), active: this.#active };
    this.#active = false;
    // A process that is away asks nobody: it hears of it with the next report.
    this.#moderation.unary("attend", report).catch(() => {
      this.#active ||= report.active;
    });
  };
}
