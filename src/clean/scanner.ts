import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadAddon } from "../host/addon.ts";
import { type Category, categories, type Severity } from "./categories.ts";
import { changeOf, parseWordList, type WordGroup } from "./word-list.ts";

/** How a word was found: as it is written, backwards, or in typed pinyin. */
export const forms = ["written", "reversed", "spoken"] as const;

/** A word of a list in a text. */
export interface Hit {
  /** Name of the list. */
  readonly list: string;
  readonly word: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly form: (typeof forms)[number];
  /** UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
}

/** Name of the operator's list. */
const OWN = "own";
/** A longer list of the operator's is compiled into a file of its own, on another thread. Characters. */
const SMALL_LIST = 20_000;
/** So much of a change to such a list is in force at once. */
const SMALL_CHANGE = 1_000;
/** Stands for a list where a word of a rule was found: no reason by itself. */
export const RULES = "rules";
/** Of no list: keeps a rule's words apart from equal words of the operator's list. */
const RULE_CATEGORY = 255;

/** What is read as one: comments of one author, very short ones of a room, or the first characters of what stands downwards on the stage. */
export const JoinedKind = { AUTHOR: 0, BRIEF: 1, COLUMN: 2 } as const;

/** A comment that is remembered for those after it. */
export interface Said {
  readonly room: string;
  /** Nobody's is "". */
  readonly author: string;
  readonly id: string;
  readonly text: string;
  /** ms since 1970; may jump: what is not within the last half minute, seen from it, is forgotten. */
  readonly atMs: number;
}

/** A comment, joined with what went before it. */
export interface Joined {
  readonly kind: (typeof JoinedKind)[keyof typeof JoinedKind];
  /** Normalised. */
  readonly text: string;
  /** Where its parts begin; at the last one the comment does. */
  readonly starts: readonly number[];
  /** Of the comments that its parts are of. */
  readonly ids: readonly string[];
}

interface AddonScanner {
  open(path: string): { entries: number; bytes: number; stamp: bigint };
  setAdded(groups: readonly WordGroup[]): string[];
  openOwn(path: string, stamp: bigint): boolean;
  compileOwn(path: string, groups: readonly WordGroup[], stamp: bigint, wait: true): string[];
  compileOwn(path: string, groups: readonly WordGroup[], stamp: bigint, wait: false): Promise<string[]>;
  dropOwn(): void;
  setRemoved(words: readonly string[]): number;
  /** Returns how many hits there are; those that `out` has room for are written, NUMBERS each. */
  scan(text: string, out: Uint32Array): number;
  word(entry: number): string;
  normalise(text: string): string;
  repeat(room: string, text: string, nowMs: number, windowMs: number, out: Float64Array): void;
  joined(
    room: string,
    author: string,
    id: string,
    text: string,
    atMs: number,
    every: boolean,
  ): Joined[] | undefined;
}
interface CleanAddon {
  Scanner: {
    new (): AddonScanner;
    build(
      path: string,
      groups: readonly WordGroup[],
      stamp: bigint,
    ): { words: number; bytes: number; refused: string[] };
  };
}

/** Of a hit: entry, start, end, category, severity, list, form. */
const NUMBERS = 7;

export interface NamedList {
  readonly name: string;
  readonly text: string;
}

/** Names what a file is compiled from. */
function stampOf(lists: readonly NamedList[]): bigint {
  const hash = createHash("sha256");
  for (const { name, text } of lists) hash.update(`${name}\0${text}\0`);
  return hash.digest().readBigUInt64LE();
}

/** Finds the words of lists in texts, whatever they are disguised as. The compiled lists are a file that all processes share. */
export class Scanner {
  readonly #addon: AddonScanner;
  readonly #names: readonly string[];
  /** What the compiled file lacks, as it could not be written. */
  readonly #unwritten: readonly WordGroup[];
  /** What the addon writes into, so that a text without hits costs no object. */
  #numbers = new Uint32Array(64 * NUMBERS);
  readonly #taken = new Float64Array(4);
  /** Where a large list of the operator's is kept; "": nowhere. */
  readonly #ownPath: string;
  #own = "";
  /** Of the operator's list as it is now, when it is large. */
  #largeGroups: readonly WordGroup[] = [];
  /** The operator's list as the addon has it compiled; "": none is. */
  #compiled = "";
  #compiling: Promise<void> | undefined;
  #revision = 0;
  /** Of the operator's list, what is not compiled. */
  #ownGroups: readonly WordGroup[] = [];
  #ruleWords = "";
  /** Words that no text can hold, as they stand in their lists. */
  readonly refused: readonly string[];

  private constructor(
    addon: AddonScanner,
    names: readonly string[],
    ownPath: string,
    refused: readonly string[] = [],
    unwritten: readonly WordGroup[] = [],
  ) {
    this.#addon = addon;
    this.#names = names;
    this.#ownPath = ownPath;
    this.#unwritten = unwritten;
    this.refused = refused;
  }

  /**
   * Compiles the lists into `folder`, unless they are there already, or into memory when nothing can be written. `keepOwn`: a large list of the
   * operator's goes there, too. Throws WordListError.
   */
  static open(folder: string, lists: readonly NamedList[], { keepOwn = true } = {}): Scanner {
    const { Scanner: Addon } = loadAddon<CleanAddon>("comments");
    const stamp = stampOf(lists);
    const ownPath = keepOwn ? join(folder, "own-words.bin") : "";
    const names = lists.map(({ name }) => name);
    const path = join(folder, "lexicon.bin");
    const scanner = new Addon();
    try {
      if (scanner.open(path).stamp === stamp) return new Scanner(scanner, names, ownPath);
    } catch {
      // Not there yet, of another version, or damaged: it is made anew.
    }
    const groups = lists.flatMap(({ name, text }, list) => {
      try {
        return parseWordList(text, list);
      } catch (error) {
        if (error instanceof Error) error.message = `${name}: ${error.message}`;
        throw error;
      }
    });
    try {
      mkdirSync(folder, { recursive: true });
      const { refused } = Addon.build(path, groups, stamp);
      scanner.open(path);
      return new Scanner(scanner, names, ownPath, refused);
    } catch {
      // A disk that takes nothing must not let through what is unfit.
      return new Scanner(scanner, names, ownPath, scanner.setAdded(groups), groups);
    }
  }

  /**
   * Words beside the lists, from the next scan on; returns those that no text can hold. A large list counts when it is `settled`, but what
   * is little changed of one counts at once; with `wait` all of it does, which takes a third of a second for 100,000 words. Throws WordListError.
   */
  setOwnWords(text: string, wait = false): string[] {
    if (text === this.#own) return [];
    const groups = parseWordList(text, this.#names.length);
    this.#own = text;
    if (text.length <= SMALL_LIST) {
      this.#largeGroups = [];
      this.#dropCompiled();
      return this.#setAdded(groups, this.#ruleWords);
    }
    this.#largeGroups = groups;
    if (!wait) {
      this.#serveChange();
      this.#compiling ??= this.#compile().finally(() => {
        this.#compiling = undefined;
      });
      return [];
    }
    const stamp = this.#ownStamp(text);
    const there = this.#ownPath !== "" && this.#addon.openOwn(this.#ownPath, stamp);
    const refused = there ? [] : this.#addon.compileOwn(this.#ownPath, groups, stamp, true);
    this.#compiled = text;
    this.#setAdded([], this.#ruleWords);
    return refused;
  }

  /** When the operator's list counts as a whole. */
  get settled(): Promise<void> {
    return this.#compiling ?? Promise.resolve();
  }

  /** Changes whenever other words are in force. */
  get revision(): number {
    return this.#revision;
  }

  #ownStamp(text: string): bigint {
    return stampOf([{ name: String(this.#names.length), text }]);
  }

  #dropCompiled(): void {
    if (this.#compiled === "") return;
    this.#addon.dropOwn();
    this.#compiled = "";
  }

  /** What differs from what is compiled, where it is little; else what was in force stays until it is compiled. */
  #serveChange(): void {
    const change = this.#compiled === "" ? undefined : changeOf(this.#compiled, this.#own, SMALL_CHANGE);
    if (!change) return;
    this.#addon.setRemoved(change.went);
    this.#setAdded(parseWordList(change.came, this.#names.length), this.#ruleWords);
  }

  /** Until what is compiled is what was set last. */
  async #compile(): Promise<void> {
    while (this.#own.length > SMALL_LIST && this.#own !== this.#compiled) {
      const text = this.#own;
      await this.#addon.compileOwn(this.#ownPath, this.#largeGroups, this.#ownStamp(text), false);
      this.#compiled = text;
      this.#revision++;
      if (this.#own === text) this.#setAdded([], this.#ruleWords);
      else if (this.#own.length > SMALL_LIST) this.#serveChange();
      else this.#dropCompiled();
    }
    this.#largeGroups = [];
  }

  /** The words of rules, whose hits carry the list RULES; returns those that no text can hold. */
  setRuleWords(words: readonly string[]): string[] {
    const lines = words.join("\n");
    return lines === this.#ruleWords ? [] : this.#setAdded(this.#ownGroups, lines);
  }

  #setAdded(own: readonly WordGroup[], ruleWords: string): string[] {
    const group = {
      list: this.#names.length + 1,
      category: RULE_CATEGORY,
      // So that they are found backwards, by their sound and within others, too: each rule says which it takes.
      severity: 2,
      inside: true,
      allowed: false,
      words: ruleWords,
    } as const;
    this.#revision++;
    const refused = this.#addon.setAdded([...this.#unwritten, ...own, ...(ruleWords ? [group] : [])]);
    this.#ownGroups = own;
    this.#ruleWords = ruleWords;
    return refused;
  }

  /** The hits by where they begin; undefined when there is none. */
  scan(text: string): Hit[] | undefined {
    let count = this.#addon.scan(text, this.#numbers);
    if (count === 0) return undefined;
    if (count * NUMBERS > this.#numbers.length) {
      this.#numbers = new Uint32Array(count * NUMBERS);
      count = this.#addon.scan(text, this.#numbers);
    }
    const hits: Hit[] = [];
    const numbers = this.#numbers;
    for (let at = 0; at < count * NUMBERS; at += NUMBERS) {
      const number = (which: number) => numbers[at + which] ?? 0;
      const list = number(5);
      hits.push({
        list: this.#names[list] ?? (list === this.#names.length ? OWN : RULES),
        word: this.#addon.word(number(0)),
        category: categories[number(3)] ?? "custom",
        severity: number(4) as Severity,
        form: forms[number(6)] ?? "written",
        start: number(1),
        end: number(2),
      });
    }
    return hits;
  }

  /**
   * Takes a comment of a room, and tells the number of the first one that says the same (its own when there is none), its place among what
   * was said just now, how often it was said, and how many different ones were said in the last `windowMs`. Numbers count up, one a call.
   */
  repeat(room: string, text: string, nowMs: number, windowMs: number) {
    this.#addon.repeat(room, text, nowMs, windowMs, this.#taken);
    const [first = 0, place = 0, count = 1, entries = 1] = this.#taken;
    return { first, place, count, entries };
  }

  /**
   * Remembers a comment, and tells what it makes with what its author and its room said before where a word stands over the cut;
   * all of it with `every`.
   */
  joined({ room, author, id, text, atMs }: Said, every: boolean): readonly Joined[] | undefined {
    return this.#addon.joined(room, author, id, text, atMs, every);
  }

  /** What is matched of a text: letters and digits, without disguise. */
  normalise(text: string): string {
    return this.#addon.normalise(text);
  }
}

const shipped = [
  "political",
  "porn",
  "minors",
  "ads",
  "fraud",
  "abuse",
  "self-harm",
  "violence",
  "personal",
] as const;

/** The lists that come with the product. */
export function shippedLists(): NamedList[] {
  return shipped.map((name) => {
    const file = new URL(`lexicon/${name}.txt`, import.meta.url);
    return { name: basename(file.pathname, ".txt"), text: readFileSync(file, "utf8") };
  });
}
