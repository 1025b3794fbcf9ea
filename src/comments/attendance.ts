/** Without a sign of a moderator for this long, nobody is there. */
export const AWAY_MS = 120_000;

/** Whether somebody looks after the rooms. */
export class Attendance {
  readonly #now: () => number;
  readonly #onChange: (attended: boolean) => void;
  #seenMs: number;
  #owned = false;
  #attended = true;

  /** `now`: a clock that does not jump. */
  constructor(now: () => number, onChange: (attended: boolean) => void) {
    this.#now = now;
    this.#onChange = onChange;
    this.#seenMs = now();
  }

  /** A box without an owner has nobody who could be there: it is as it was set. */
  get attended(): boolean {
    return this.#attended;
  }

  /** What the page's process knows; `active`: somebody used the page since it last said so. */
  see({ owned, active }: { readonly owned: boolean; readonly active: boolean }): void {
    // Who has just taken the box over is there.
    if (active || (owned && !this.#owned)) this.#seenMs = this.#now();
    this.#owned = owned;
    this.check();
  }

  /** To be called now and then: time passes by itself. */
  check(): void {
    const attended = !this.#owned || this.#now() - this.#seenMs < AWAY_MS;
    if (attended === this.#attended) return;
    this.#attended = attended;
    this.#onChange(attended);
  }
}
