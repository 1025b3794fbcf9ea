import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanText } from "../../clean-text.ts";
import type { Hit } from "../../scanner.ts";
import { type Class, classes, flagsOf } from "../features.ts";

/** What a row is worth to the trainer. */
export interface Row {
  readonly text: string;
  readonly match: string;
  /** Of the words of the lists in it. */
  readonly flags: number;
  /** Words alone would let it through at a bar, middle strength. */
  readonly passes: boolean;
  /** Place in `classes`. */
  readonly label: number;
  readonly source: string;
}

/** How a text is read: what is matched of it, the words in it, and whether they let it through. */
export type Read = (text: string) => {
  readonly match: string;
  readonly hits: readonly Pick<Hit, "category" | "severity">[];
  readonly passes: boolean;
};

/** The same for the same text in each run; 0 to 99. */
export function bucketOf(match: string): number {
  let hash = 0x9e3779b9;
  for (let at = 0; at < match.length; at++) hash = Math.imul(hash ^ match.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % 100;
}

/** Rows of text, label, source; the first line names the columns. Throws for a label that is none of ours. */
export function readRows(file: string, read: Read): Row[] {
  const [, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line, index) => {
    const [raw = "", label = "", source = ""] = line.split("\t");
    const number = classes.indexOf(label as Class);
    if (number < 0)
      throw new Error(`${file}:${index + 2}: expected one of ${classes.join(", ")} but found ${label}`);
    const text = cleanText(raw);
    const { match, hits, passes } = read(text);
    return { text, match, flags: flagsOf(hits), passes, label: number, source };
  });
}

/** A quarter of the abuse is for measuring alone. */
const MEASURED_ABUSE = 25;

/** The rows of a folder: train.tsv, eval.tsv, aux_abuse.tsv, which is parted here, and evasion_eval.tsv, if it is there: unfit ones in disguise. */
export function readFolder(folder: string, read: Read): { train: Row[]; measure: Row[]; disguised: Row[] } {
  const abuse = readRows(join(folder, "aux_abuse.tsv"), read);
  const disguised = join(folder, "evasion_eval.tsv");
  const isMeasured = ({ match }: Row) => bucketOf(match) < MEASURED_ABUSE;
  return {
    train: [...readRows(join(folder, "train.tsv"), read), ...abuse.filter((row) => !isMeasured(row))],
    measure: [...readRows(join(folder, "eval.tsv"), read), ...abuse.filter(isMeasured)],
    disguised: existsSync(disguised) ? readRows(disguised, read) : [],
  };
}

/** Operators' marks, as `GET /api/clean/marks` gives them: {"text": …, "label": …} a line. */
export function readMarks(file: string, read: Read): Row[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      const { text: raw, label } = JSON.parse(line) as { text?: unknown; label?: unknown };
      const number = classes.indexOf(label as Class);
      if (typeof raw !== "string" || number < 0) {
        throw new Error(
          `${file}:${index + 1}: expected a text and one of ${classes.join(", ")} as its label`,
        );
      }
      const text = cleanText(raw);
      const { match, hits, passes } = read(text);
      return { text, match, flags: flagsOf(hits), passes, label: number, source: "real:marks" };
    });
}
