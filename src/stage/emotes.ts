import type { CleanText } from "../clean/clean-text.ts";
import type { Emote } from "../comments/comment.ts";
import type { EmotePicture } from "../media/emotes.ts";

/** Of PictureFont: the characters that stand for pictures, which no cleaned text has. */
const FIRST_CHARACTER = 0xf0000;
const SLOTS = 256;
const MAX_BYTES = 32 << 20;
/** What did not come is not asked for again for this long. */
const FORGET_MS = 5 * 60_000;
const MAX_ASKED = 64;

interface Known {
  /** Undefined: it did not come. */
  readonly slot: number | undefined;
  readonly bytes: number;
  readonly atMs: number;
}

/**
 * The pictures of emotes on the stage: asked for when a comment names them, kept while there is room, the ones unused for longest go.
 * Until one is there, and where none comes, its token stands in the text.
 */
export class Emotes {
  readonly #load: (address: string) => Promise<EmotePicture | undefined>;
  readonly #put: (slot: number, picture: EmotePicture) => void;
  readonly #now: () => number;
  /** By address, the one unused for longest first. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<void>>();
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => SLOTS - 1 - slot);
  #bytes = 0;

  constructor(
    load: (address: string) => Promise<EmotePicture | undefined>,
    put: (slot: number, picture: EmotePicture) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#load = load;
    this.#put = put;
    this.#now = now;
  }

  /** Asks for those that are not here; undefined when there is nothing to wait for. */
  prepare(emotes: readonly Emote[]): Promise<unknown> | undefined {
    const asked = emotes.flatMap(({ url }) => (url ? (this.#ask(url) ?? []) : []));
    return asked.length > 0 ? Promise.all(asked) : undefined;
  }

  #ask(address: string): Promise<void> | undefined {
    const known = this.#known.get(address);
    if (known && (known.slot !== undefined || this.#now() - known.atMs < FORGET_MS)) return undefined;
    const before = this.#asked.get(address);
    if (before) return before;
    if (this.#asked.size >= MAX_ASKED) return undefined;
    const asked = this.#load(address)
      .catch(() => undefined)
      .then((picture) => {
        this.#asked.delete(address);
        this.#keep(address, picture);
      });
    this.#asked.set(address, asked);
    return asked;
  }

  #keep(address: string, picture: EmotePicture | undefined): void {
    const bytes = picture?.rgba.length ?? 0;
    const atMs = this.#now();
    this.#forget(address);
    while (this.#free.length === 0 || this.#bytes + bytes > MAX_BYTES || this.#known.size >= 2 * SLOTS) {
      const [oldest] = this.#known.keys();
      if (oldest === undefined) break;
      this.#forget(oldest);
    }
    const slot = picture && this.#free.pop();
    if (picture && slot !== undefined) this.#put(slot, picture);
    this.#known.set(address, { slot, bytes, atMs });
    this.#bytes += bytes;
  }

  #forget(address: string): void {
    const known = this.#known.get(address);
    if (!known) return;
    this.#known.delete(address);
    this.#bytes -= known.bytes;
    if (known.slot !== undefined) this.#free.push(known.slot);
  }

  /** The text with a picture's character for each token whose picture is here. */
  draw(text: CleanText, emotes: readonly Emote[]): CleanText {
    let drawn: string = text;
    for (const { token, url } of emotes) {
      const known = url ? this.#known.get(url) : undefined;
      if (!url || !token || known?.slot === undefined) continue;
      this.#known.delete(url);
      this.#known.set(url, known);
      drawn = drawn.replaceAll(token, String.fromCodePoint(FIRST_CHARACTER + known.slot));
    }
    return drawn as CleanText;
  }
}
