import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeConfig } from "../box/config.ts";
import { type Comment, Kind } from "./comment.ts";

/** What the operator thinks of somebody. */
export const Standing = { NONE: 0, TRUSTED: 1, BLOCKED: 2 } as const;
export type Standing = (typeof Standing)[keyof typeof Standing];

/** The oldest of them are forgotten. */
const MAX_KNOWN = 2_000;
/** Authors whose last comments are remembered. */
const MAX_AUTHORS = 4_096;
const WINDOW_MS = 10_000;

export interface AuthorSettings {
  /** Comments in ten seconds; 0: no limit. */
  readonly authorPer10s: number;
  /** Seconds between two; 0: off. */
  readonly slowS: number;
}

const schema = z.array(z.tuple([z.string().max(128), z.union([z.literal(1), z.literal(2)])])).max(MAX_KNOWN);

/**
 * Who is trusted and who is blocked, by the names that only this box knows, and how fast each may talk. The names end with the event, and
 * what is said here with them.
 */
export class Authors {
  readonly #file: string;
  readonly #now: () => number;
  readonly #standing: Map<string, Standing>;
  readonly #last = new Map<string, number[]>();
  #settings: AuthorSettings = { authorPer10s: 0, slowS: 0 };
  #writing: Promise<void> = Promise.resolve();
  /** Comments that came too fast, since the start. */
  limited = 0;

  private constructor(file: string, known: readonly [string, Standing][], now: () => number) {
    this.#file = file;
    this.#standing = new Map(known);
    this.#now = now;
  }

  /** `now`: a clock that does not jump. A file that cannot be read counts as empty. */
  static open(folder: string, now: () => number = () => performance.now()): Authors {
    const file = join(folder, "authors.json");
    try {
      return new Authors(file, schema.parse(JSON.parse(readFileSync(file, "utf8"))), now);
    } catch {
      return new Authors(file, [], now);
    }
  }

  configure(settings: AuthorSettings): void {
    this.#settings = settings;
  }

  of(authorId: string | undefined): Standing {
    return (authorId !== undefined && this.#standing.get(authorId)) || Standing.NONE;
  }

  /** Who is known, the newest last. */
  get all(): { readonly authorId: string; readonly standing: Standing }[] {
    return Array.from(this.#standing, ([authorId, standing]) => ({ authorId, standing }));
  }

  mark(authorId: string, standing: Standing): void {
    this.#standing.delete(authorId);
    if (standing !== Standing.NONE) this.#standing.set(authorId, standing);
    const [oldest] = this.#standing.keys();
    if (this.#standing.size > MAX_KNOWN && oldest !== undefined) this.#standing.delete(oldest);
    this.#write();
  }

  /** The event is over: nobody has the name by which they were known. */
  clear(): void {
    this.#standing.clear();
    this.#last.clear();
    this.#write();
  }

  /** Resolves when all is on the disk; rejects when the last change is not. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** One after the other, each as it is when its turn comes. */
  #write(): void {
    this.#writing = this.#writing.catch(() => {}).then(() => writeConfig(this.#file, [...this.#standing]));
    this.#writing.catch(() => {});
  }

  /**
   * Whether this comment may be said now. Never too fast: what was paid for, and what trusted people and the room's own say. What is not let
   * through does not count.
   */
  allows({ kind, author, price }: Comment): boolean {
    const { authorPer10s, slowS } = this.#settings;
    const id = author?.id;
    // A name that the platform masked is that of many.
    if (kind !== Kind.CHAT || !id || author.masked || price || author.moderator) return true;
    if ((authorPer10s === 0 && slowS === 0) || this.of(id) === Standing.TRUSTED) return true;
    const nowMs = this.#now();
    const keptMs = Math.max(WINDOW_MS, slowS * 1_000);
    const last = (this.#last.get(id) ?? []).filter((ms) => nowMs - ms < keptMs);
    const within = last.filter((ms) => nowMs - ms < WINDOW_MS).length;
    const tooMany = authorPer10s > 0 && within >= authorPer10s;
    const tooSoon = slowS > 0 && nowMs - (last.at(-1) ?? Number.NEGATIVE_INFINITY) < slowS * 1_000;
    this.#last.delete(id);
    this.#last.set(id, last);
    const [oldest] = this.#last.keys();
    if (this.#last.size > MAX_AUTHORS && oldest !== undefined) this.#last.delete(oldest);
    if (tooMany || tooSoon) {
      this.limited++;
      return false;
    }
    last.push(nowMs);
    return true;
  }
}
