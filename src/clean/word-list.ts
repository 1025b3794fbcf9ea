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
