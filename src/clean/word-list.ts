import { type Category, categories, type Severity } from "./categories.ts";

/** Words of a list that are treated alike, as the addon takes them. */
export interface WordGroup {
  readonly list: number;
  readonly category: number;
  readonly severity: Severity;
  /** They cancel hits that lie within them. */
  readonly allowed: boolean;
  /** Also within longer words of Latin letters, and within numbers. */
  readonly inside?: boolean;
  /** One a line. */
  readonly words: string;
}

export class WordListError extends Error {
  override readonly name = "WordListError";
  readonly code = "WORD_LIST_INVALID";
}

const HEADING = /^@\s*([a-z-]+)\s+([1-3])$/;
/** Longer lines are no words. */
const MAX_LINE = 100_000;

/**
 * The groups of a list. `@category severity` says what the lines below it are, one word a line or several with | between them; a line
 * that begins with ! has phrases that are harmless although such a word is in them, `=word` counts only as a whole comment, # begins a
 * remark. Without a heading, words are `custom` of severity 2. `list` is the number that hits carry.
 * Throws WordListError with the line's number.
 */
export function parseWordList(text: string, list: number): WordGroup[] {
  const found = new Map<
    string,
    { category: Category; severity: Severity; allowed: boolean; words: string[] }
  >();
  let [category, severity]: [Category, Severity] = ["custom", 2];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const wrong = (expected: string) => new WordListError(`line ${index + 1}: expected ${expected}`);
    const line = raw.trim();
    if (line.length > MAX_LINE) throw wrong(`at most ${MAX_LINE} characters`);
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("@")) {
      const [, name, level] = HEADING.exec(line) ?? [];
      const known = categories.find((one) => one === name);
      if (!known) throw wrong(`@ and one of ${categories.join(", ")}, then 1, 2 or 3`);
      category = known;
      severity = Number(level) as Severity;
      continue;
    }
    const allowed = line.startsWith("!");
    const key = `${category} ${severity} ${allowed}`;
    const group = found.get(key) ?? { category, severity, allowed, words: [] };
    found.set(key, group);
    for (const word of (allowed ? line.slice(1) : line).split("|")) {
      const trimmed = word.trim();
      if (trimmed) group.words.push(trimmed);
    }
  }
  return [...found.values()].map(({ category, words, ...group }) => ({
    ...group,
    list,
    category: categories.indexOf(category),
    words: words.join("\n"),
  }));
}

/** What was changed between two lists: the lines that came, below the heading that they stand under, and the words of those that went. */
export interface ListChange {
  readonly came: string;
  readonly went: readonly string[];
}

const lineStart = (text: string, at: number) => (at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1);
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function headingBefore(text: string, front: number): string {
  for (let at = front; at > 0; ) {
    at = text.lastIndexOf("@", at - 1);
    const start = lineStart(text, Math.max(0, at));
    if (at >= 0 && text.slice(start, at).trim() === "") return `${text.slice(start, lineEnd(text, at))}\n`;
  }
  return "";
}

/** How many characters are the same from the front. By halves, as comparing whole pieces is what strings do fastest. */
function commonLength(a: string, b: string): number {
  let [same, over] = [0, Math.min(a.length, b.length) + 1];
  while (over - same > 1) {
    const middle = (same + over) >> 1;
    if (a.startsWith(b.slice(same, middle), same)) same = middle;
    else over = middle;
  }
  return same;
}

/**
 * The lines between the first and the last one that differ. Undefined when they are more than `most` characters, or when a heading is among
 * them: lines behind it mean something else then. A word that another line has, too, has not gone.
 */
export function changeOf(before: string, after: string, most: number): ListChange | undefined {
  const front = lineStart(after, commonLength(before, after));
  let [oldEnd, newEnd] = [before.length, after.length];
  while (oldEnd > front && newEnd > front && before.charCodeAt(oldEnd - 1) === after.charCodeAt(newEnd - 1)) {
    oldEnd--;
    newEnd--;
  }
  const linesOf = (text: string, end: number) => text.slice(front, lineEnd(text, end));
  const [old, fresh] = [linesOf(before, oldEnd), linesOf(after, newEnd)];
  if (old.length + fresh.length > most || /^\s*@/m.test(old) || /^\s*@/m.test(fresh)) return undefined;
  const stays = new Set(fresh.split("\n"));
  const was = new Set(old.split("\n"));
  const gone = [...was].filter((line) => !stays.has(line)).join("\n");
  const words = parseWordList(gone, 0).flatMap((group) => group.words.split("\n"));
  return {
    came: headingBefore(after, front) + [...stays].filter((line) => !was.has(line)).join("\n"),
    went: words.map((word) => word.replace(/^=(?=.)/, "")).filter((word) => !after.includes(word)),
  };
}
