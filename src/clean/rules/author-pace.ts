const MINUTE_MS = 60_000;
const MAX_AUTHORS = 4_000;
/** More comments of one author in a minute count as so many. */
const MAX_REMEMBERED = 128;
/** Of a text; longer ones that begin alike are the same. */
const MAX_TEXT = 100;

interface Said {
  readonly text: string;
  readonly atMs: number;
}

/** How much each author says, and how often the same. The clock may jump: what is not within a minute of now is forgotten. */
export class AuthorPace {
  readonly #authors = new Map<string, Said[]>();

  /** Takes a comment; `author` is unique over all rooms. */
  take(author: string, text: string, nowMs: number): { readonly perMinute: number; readonly said: number } {
    const fresh = this.#authors.get(author) ?? [];
    while (fresh[0] && Math.abs(nowMs - fresh[0].atMs) >= MINUTE_MS) fresh.shift();
    const now = text.slice(0, MAX_TEXT);
    fresh.push({ text: now, atMs: nowMs });
    if (fresh.length > MAX_REMEMBERED) fresh.shift();
    this.#authors.delete(author);
    this.#authors.set(author, fresh);
    if (this.#authors.size > MAX_AUTHORS) {
      const [oldest] = this.#authors.keys();
      if (oldest !== undefined) this.#authors.delete(oldest);
    }
    let said = 0;
    if (now !== "") for (const one of fresh) if (one.text === now) said++;
    return { perMinute: fresh.length, said };
  }
}
