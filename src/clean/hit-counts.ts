import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { z } from "zod";

/** What was found, and what of it somebody said was fine. */
export interface HitCount {
  readonly hits: number;
  readonly falseHits: number;
}
/** Counted in place. */
type Counting = { -readonly [Name in keyof HitCount]: HitCount[Name] };

interface Found {
  readonly sources: ReadonlySet<string>;
  readonly fine: boolean;
}

const MAX_SOURCES = 2_000;
/** Comments that somebody may still speak about. */
const MAX_REMEMBERED = 4_000;

const saved = z.record(z.string(), z.strictObject({ hits: z.int().min(0), falseHits: z.int().min(0) }));

/** Where a hit comes from, as counted: a rule, or a list or check. */
export const sourceOf = ({ list, rule }: { readonly list: string; readonly rule?: string }) =>
  rule === undefined ? `list:${list}` : `rule:${rule}`;

/** How often each rule and each list found something in comments, and how often that was wrong. */
export class HitCounts {
  readonly #counts = new Map<string, Counting>();
  /** By the comment that they were found in. */
  readonly #recent = new Map<string, Found>();
  /** Its keys, as they came, in a ring. (To ask a map for its first key takes the longer the more were taken out of it.) */
  readonly #order: string[] = [];
  #next = 0;
  #changed = false;

  /** Counts of an earlier start; none when there are none or they cannot be read. */
  static read(file: string): HitCounts {
    const counts = new HitCounts();
    try {
      for (const [source, count] of Object.entries(saved.parse(JSON.parse(readFileSync(file, "utf8"))))) {
        if (counts.#counts.size < MAX_SOURCES) counts.#counts.set(source, count);
      }
    } catch {
      // They only inform; a first start has none.
    }
    return counts;
  }

  get all(): ReadonlyMap<string, HitCount> {
    return this.#counts;
  }

  /** Counts a comment, once for each source. */
  note(comment: string, sources: ReadonlySet<string>): void {
    if (sources.size === 0) return;
    for (const source of sources) this.#add(source, 1, 0);
    if (!this.#recent.has(comment)) {
      const oldest = this.#order[this.#next];
      if (oldest !== undefined) this.#recent.delete(oldest);
      this.#order[this.#next] = comment;
      this.#next = (this.#next + 1) % MAX_REMEMBERED;
    }
    this.#recent.set(comment, { sources, fine: false });
  }

  /** Somebody looked at the comment: what was found in it is fine, or is not. The last word counts, once. False: nothing is known of it. */
  setFine(comment: string, fine: boolean): boolean {
    const found = this.#recent.get(comment);
    if (!found) return false;
    if (found.fine !== fine) for (const source of found.sources) this.#add(source, 0, fine ? 1 : -1);
    this.#recent.set(comment, { ...found, fine });
    return true;
  }

  /** Comments in which what was found is fine. */
  get fine(): string[] {
    return [...this.#recent].filter(([, { fine }]) => fine).map(([comment]) => comment);
  }

  /** Lets go of what is counted for rules that are no more. */
  keepRules(ids: ReadonlySet<string>): void {
    for (const source of this.#counts.keys()) {
      if (!source.startsWith("rule:") || ids.has(source.slice("rule:".length))) continue;
      this.#counts.delete(source);
      this.#changed = true;
    }
  }

  /** Writes what changed since the last time: old or new, never half. Throws when the disk takes nothing. */
  async write(file: string): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const temporary = join(dirname(file), `.${process.pid}.hit-counts`);
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(JSON.stringify(Object.fromEntries(this.#counts)));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  }

  #add(source: string, hits: number, falseHits: number): void {
    let count = this.#counts.get(source);
    if (!count) {
      // A rule that is no more is not counted again.
      if (hits === 0 || this.#counts.size >= MAX_SOURCES) return;
      count = { hits: 0, falseHits: 0 };
      this.#counts.set(source, count);
    }
    count.hits += hits;
    count.falseHits += falseHits;
    this.#changed = true;
  }
}

/** Cards wear out by writing: the counts of ten minutes go at once. */
const WRITE_MS = 10 * 60_000;

/** Writes the counts now and then, and at the end. */
export function keepCounts(counts: HitCounts, file: string, log: Logger, signal: AbortSignal): void {
  const write = () =>
    void counts.write(file).catch((error) => log.warn({ err: error }, "hit counts are not kept"));
  const timer = setInterval(write, WRITE_MS);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(timer);
      write();
    },
    { once: true },
  );
}
