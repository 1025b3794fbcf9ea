import { z } from "zod";
import { parseWordList, WordListError } from "../word-list.ts";
import { MAX_RULES, type RuleConfig, ruleSchema } from "./rule-schema.ts";

/** What a file may have: more is refused before it is read. */
export const MAX_FILE_BYTES = 8 << 20;
/** Longest list of own words, in characters. */
export const MAX_WORDS_LENGTH = 200_000;
/** Longer words are found nowhere. */
const MAX_WORD = 64;
const FORMAT = "feimu-cleaning";

export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly code = "IMPORT_UNREADABLE";
}

/** What is to be blocked, as a file says it. */
interface Found {
  readonly words: string[];
  readonly expressions: string[];
  /** Lists of ours, as they are. */
  readonly lines: string[];
  readonly rules: unknown[];
  /** Items that are about one user: the box knows no platform's users. */
  users: number;
  /** Items that are switched off, or of no known kind. */
  others: number;
}

/** What became of a file. */
export interface ImportReport {
  readonly words: number;
  readonly rules: number;
  /** Words and rules that were there. */
  readonly known: number;
  readonly users: number;
  readonly others: number;
  /** Words that are too long to be found. */
  readonly tooLong: number;
  /** Words and rules that there is no room for. */
  readonly noRoom: number;
  /** Rules that are refused, and why; the first ones. */
  readonly refused: readonly string[];
}

export interface OwnRules {
  readonly words: string;
  readonly rules: readonly RuleConfig[];
}

const MAX_REFUSED = 20;
/** More of an item in XML is not read. */
const MAX_ITEM = 4_096;
const empty = (): Found => ({ words: [], expressions: [], lines: [], rules: [], users: 0, others: 0 });

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const decoded = (text: string) =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (all, hex, decimal, name) => {
    if (name) return entities[name.toLowerCase()] ?? all;
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });

function contentOf(text: string): string {
  const content = text.trim();
  const isLiteral = content.startsWith("<![CDATA[") && content.endsWith("]]>");
  return isLiteral ? content.slice("<![CDATA[".length, -"]]>".length).trim() : decoded(content);
}

/** `<filters><item enabled="true">t=word</item>…`: what players of Bilibili and of others write. */
function readXml(text: string): Found {
  const found = empty();
  // By hand, as an expression would try each beginning with each end.
  for (let at = text.indexOf("<item"); at >= 0; ) {
    const open = text.indexOf(">", at);
    const close = text.indexOf("</item>", open);
    if (open < 0 || close < 0) break;
    const attributes = text.slice(at, Math.min(open, at + MAX_ITEM));
    const content = contentOf(text.slice(open + 1, Math.min(close, open + MAX_ITEM)));
    const [key, value] = [content.slice(0, 2), content.slice(2).trim()];
    if (/enabled\s*=\s*["']false["']/i.test(attributes)) found.others++;
    else if (key === "t=") found.words.push(value);
    else if (key === "r=") found.expressions.push(value);
    else if (key === "u=" || (key === "x=" && value.startsWith("uid="))) found.users++;
    else found.others++;
    at = text.indexOf("<item", close);
  }
  return found;
}

const blockItem = z.object({ type: z.int(), filter: z.string(), opened: z.boolean().optional() });
const ownFile = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  words: z.string(),
  rules: z.array(z.unknown()),
});

/** What Bilibili's page exports, or what this box does. */
function readJson(text: string): Found {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ImportError("expected JSON", { cause });
  }
  const found = empty();
  if (!Array.isArray(value)) {
    const own = ownFile.safeParse(value);
    if (!own.success) throw new ImportError(`expected a list of {type, filter}, or a file of a Feimu box`);
    found.lines.push(own.data.words);
    found.rules.push(...own.data.rules);
    return found;
  }
  for (const one of value) {
    const { data } = blockItem.safeParse(one);
    if (!data || data.opened === false) found.others++;
    else if (data.type === 0) found.words.push(data.filter);
    else if (data.type === 1) found.expressions.push(data.filter);
    else if (data.type === 2) found.users++;
    else found.others++;
  }
  return found;
}

/** The text of a file: UTF-8, UTF-16 with its mark, or else what lists in China are often in. */
export function textOf(file: Uint8Array): string {
  const [first, second] = file;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    return new TextDecoder("gb18030").decode(file);
  }
}

/** What a file says, whatever form it has. Throws ImportError, with what was expected. */
function read(text: string): Found {
  const begin = text.replace(/^\ufeff/, "").trimStart();
  if (begin === "") throw new ImportError("expected words, one a line; the file is empty");
  if (begin.startsWith("<")) return readXml(begin);
  if (begin.startsWith("[") || begin.startsWith("{")) return readJson(begin);
  // One character is in too many words: like that it counts only as a whole comment.
  return { ...empty(), lines: [begin.replace(/^\s*([^\s#!@=])\s*$/gmu, "=$1")] };
}

/** A word of another player's list, as a line of ours: those of one character count only as a whole comment. */
function lineOf(raw: string): string | undefined {
  const word = raw.replace(/[\r\n|]+/g, " ").trim();
  if (word.length > MAX_WORD) return undefined;
  const bare = word.replace(/^[=!@#]+/, "");
  return [...bare].length === 1 ? `=${bare}` : bare;
}

/** The id of a rule for an expression that had none. */
function idFor(taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) if (!taken.has(`imported-${number}`)) return `imported-${number}`;
}

/** `/…/i` or `…` */
const bareExpression = (text: string) => /^\/(.+)\/[a-z]*$/s.exec(text)?.[1] ?? text;

/**
 * Own words and rules with what a file adds: a list as word-list.ts reads it, a list of Bilibili's players as XML or JSON, or what
 * exportRules() made. What there is no room for is left out and counted. Throws ImportError.
 */
export function importRules(
  text: string,
  own: OwnRules,
  source: string,
): OwnRules & { report: ImportReport } {
  const found = read(text);
  let known = 0;
  let tooLong = 0;
  let noRoom = 0;
  const there = new Set(own.words.split(/\r?\n/).map((line) => line.trim()));
  let added = 0;
  let size = own.words.length;
  const pieces: string[] = [];
  const take = (line: string, isWord: boolean) => {
    if (size + line.length + 1 > MAX_WORDS_LENGTH) {
      if (isWord) noRoom++;
      return;
    }
    pieces.push(line);
    size += line.length + 1;
    if (isWord) added++;
  };
  // What the operator's last heading says is not meant for these.
  take("@custom 2", false);
  for (const list of found.lines) {
    try {
      parseWordList(list, 0);
    } catch (cause) {
      if (cause instanceof WordListError) throw new ImportError(cause.message, { cause });
      throw cause;
    }
    for (const raw of list.split(/\r?\n/)) {
      const line = raw.trim();
      const isWord = !/^[@#]|^$/.test(line);
      if (!isWord) {
        // Headings are for the lines below them.
        if (line.startsWith("@")) take(line, false);
      } else if (!line.includes("|") && line.length > MAX_WORD) tooLong++;
      else if (there.has(line)) known++;
      else take(line, true);
    }
  }
  if (found.lines.length > 0 && found.words.length > 0) take("@custom 2", false);
  for (const word of found.words) {
    const line = lineOf(word);
    if (line === undefined) tooLong++;
    else if (line === "") found.others++;
    else if (there.has(line)) known++;
    else {
      there.add(line);
      take(line, true);
    }
  }

  const rules = new Map(own.rules.map((rule) => [rule.id, rule]));
  const expressions = new Set(
    own.rules.flatMap((rule) => (rule.kind === "text" ? (rule.expression ?? []) : [])),
  );
  const refused: string[] = [];
  let newRules = 0;
  const keep = (rule: unknown, name: string) => {
    const result = ruleSchema.safeParse(rule);
    if (!result.success) {
      const [issue] = result.error.issues;
      if (refused.length < MAX_REFUSED) {
        refused.push(`${name}${issue?.path.length ? `.${issue.path.join(".")}` : ""}: ${issue?.message}`);
      }
      return;
    }
    const before = rules.get(result.data.id);
    if (!before && rules.size >= MAX_RULES) noRoom++;
    else if (before && JSON.stringify(before) === JSON.stringify(result.data)) known++;
    else {
      rules.set(result.data.id, result.data);
      newRules++;
    }
  };
  for (const [index, rule] of found.rules.entries()) keep(rule, `rules[${index}]`);
  for (const pattern of found.expressions.map(bareExpression)) {
    if (expressions.has(pattern)) {
      known++;
      continue;
    }
    expressions.add(pattern);
    const id = idFor(new Set(rules.keys()));
    keep({ kind: "text", id, expression: pattern, space: "raw", source }, pattern.slice(0, 40));
  }
  const words =
    added > 0 ? [own.words.replace(/\n+$/, ""), ...pieces].filter((one) => one !== "").join("\n") : own.words;
  const { users, others } = found;
  return {
    words,
    rules: [...rules.values()],
    report: { words: added, rules: newRules, known, users, others, tooLong, noRoom, refused },
  };
}

/** Own words and rules as a file, which importRules() reads. */
export const exportRules = ({ words, rules }: OwnRules): string =>
  `${JSON.stringify({ format: FORMAT, version: 1, words, rules }, null, 2)}\n`;
