import { appendFileSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of each of the two files. */
const MAX_BYTES = 256 << 10;

/** Who decided what. No text and no name of an author: the keys of comments, which say nothing once the comments are gone. */
export interface Decision {
  readonly timeMs: number;
  /** Label of the session: what the page's list of devices shows. */
  readonly by: string;
  readonly decision: string;
  /** Of the comment, or of the author (a name of ours). */
  readonly key: string;
}

/** An append-only file, one JSON object a line; the full one becomes the older one. */
export class DecisionLog {
  readonly #file: string;
  readonly #maxBytes: number;

  constructor(folder: string, maxBytes = MAX_BYTES) {
    this.#file = join(folder, "decisions.jsonl");
    this.#maxBytes = maxBytes;
  }

  /** Throws when the disk takes nothing. */
  add(decision: Decision): void {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (size >= this.#maxBytes) renameSync(this.#file, `${this.#file}.old`);
    appendFileSync(this.#file, `${JSON.stringify(decision)}\n`, { mode: 0o600 });
  }

  /** The newest first. A line that the power cut is left out. */
  last(most: number): Decision[] {
    const lines = [`${this.#file}.old`, this.#file].flatMap((file) => {
      try {
        return readFileSync(file, "utf8").split("\n");
      } catch {
        return [];
      }
    });
    const decisions: Decision[] = [];
    for (const line of lines.toReversed()) {
      if (decisions.length >= most) break;
      try {
        decisions.push(JSON.parse(line) as Decision);
      } catch {
        // Empty, or half.
      }
    }
    return decisions;
  }
}
