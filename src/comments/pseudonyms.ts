import { createHmac, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Comment } from "./comment.ts";

const KEY_BYTES = 32;
const NAME_BYTES = 12;
/** Authors of the last minutes. */
const REMEMBERED = 8_192;

/**
 * Names for authors that only this box knows: the platform's ids end here. One author has one name until the key is made anew, so that rules about
 * authors hold; afterwards nothing tells that they are the same.
 */
export class Pseudonyms {
  readonly #file: string;
  #key: Buffer;
  readonly #known = new Map<string, string>();

  private constructor(file: string, key: Buffer) {
    this.#file = file;
    this.#key = key;
  }

  /** The key is made when there is none, and again when it cannot be read. */
  static async open(folder: string): Promise<Pseudonyms> {
    const file = join(folder, "author-key");
    const key = await readFile(file).catch(() => undefined);
    if (key?.length === KEY_BYTES) return new Pseudonyms(file, key);
    const made = new Pseudonyms(file, randomBytes(KEY_BYTES));
    await made.renew();
    return made;
  }

  /** From here on everybody has another name. */
  async renew(): Promise<void> {
    this.#key = randomBytes(KEY_BYTES);
    this.#known.clear();
    await writeFile(this.#file, this.#key, { mode: 0o600, flush: true });
  }

  of(platform: string, id: string): string {
    const author = `${platform}:${id}`;
    const known = this.#known.get(author);
    if (known !== undefined) return known;
    const name = createHmac("sha256", this.#key).update(author).digest().toString("base64url", 0, NAME_BYTES);
    this.#known.set(author, name);
    if (this.#known.size > REMEMBERED) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return name;
  }

  /** The comment with names of ours wherever an author is meant. */
  apply(comment: Comment): Comment {
    const { platform, author, retraction } = comment;
    const authorId = retraction?.authorId;
    if (!author?.id && !authorId) return comment;
    return {
      ...comment,
      ...(author?.id && { author: { ...author, id: this.of(platform, author.id) } }),
      ...(retraction && authorId && { retraction: { ...retraction, authorId: this.of(platform, authorId) } }),
    };
  }
}
