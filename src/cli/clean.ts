import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setImmediate as immediate } from "node:timers/promises";
import { readConfig } from "../box/config.ts";
import { demoConfigFile, lexiconDir } from "../box/paths.ts";
import { cleanText } from "../clean/clean-text.ts";
import { gradesOf } from "../clean/grade/grader.ts";
import { openGraders } from "../clean/grade/graders.ts";
import { batchGrader } from "../clean/grade/onnx.ts";
import { type CleanSettings, Judge, type Judgement } from "../clean/judge.ts";
import { Scanner, shippedLists } from "../clean/scanner.ts";
import type { Action } from "../comments/comment.ts";
import { type Command, configOption } from "./command.ts";

const actions: Readonly<Record<Action, string>> = {
  0: "show",
  1: "mask",
  2: "fold",
  3: "hold",
  4: "drop",
};
const defaults: CleanSettings = { profile: "bar", strength: 2, words: "", foldS: 1 };

/** A line of the input: a text, or {"text": …, "author": …} with more that goes through as it is. */
function read(line: string): Record<string, unknown> & { text: string } {
  if (line.startsWith("{")) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string") {
        return { ...value, text: value.text };
      }
    } catch {
      // Somebody said something with a brace.
    }
  }
  return { text: line };
}

async function settingsOf(config: string | boolean | undefined): Promise<CleanSettings> {
  const file = typeof config === "string" ? config : demoConfigFile();
  if (typeof config !== "string" && !existsSync(file)) return defaults;
  return (await readConfig(file)).clean;
}

/** What comes together, at most so many lines: somebody who types is answered at once. */
const BATCH = 64;
async function* batched(lines: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  const iterator = lines[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const waiting = batch.length > 0 && batch.length < BATCH;
    const result = await (waiting ? Promise.race([next, immediate(undefined)]) : next);
    if (result && !result.done) {
      batch.push(result.value);
      next = iterator.next();
      if (batch.length < BATCH) continue;
    }
    if (batch.length > 0) yield batch;
    batch = [];
    if (result?.done) return;
  }
}

function lineOf(
  judge: Judge,
  text: string,
  rest: Record<string, unknown>,
  { action, hits, shown, grade, heldFor }: Judgement,
  json: boolean,
): string {
  const reasons = hits.map((hit) => ({ ...hit, action: actions[hit.action] }));
  if (json) {
    const author = typeof rest.author === "string" ? { author: judge.nameOf(rest.author) } : {};
    const graded = grade && {
      grade: Object.fromEntries(gradesOf(grade).map(({ label, likely }) => [label, likely])),
    };
    const verdict = actions[action];
    return `${JSON.stringify({ ...rest, ...author, text, verdict, shown, reasons, ...graded, ...(heldFor && { heldFor }) })}\n`;
  }
  const words = reasons.map(({ word, category, severity }) => `${word} (${category} ${severity})`);
  if (heldFor && grade) words.push(`graded ${heldFor}`);
  return `${actions[action].padEnd(5)} ${shown}${words.length > 0 ? `    ${words.join(", ")}` : ""}\n`;
}

export const command: Command = {
  summary: "Judge comments from standard input, one a line, and say why",
  usage: "[--json] [--config FILE] < FILE",
  positionals: 0,
  options: {
    ...configOption,
    json: {
      type: "boolean",
      about: "A JSON object a line: verdict, what is shown, the words and their places, the grade",
    },
  },
  async run({ config, json }) {
    const scanner = Scanner.open(lexiconDir(), shippedLists());
    const say = (why: unknown, what: string) =>
      process.stderr.write(`${what} (${why instanceof Error ? why.message : why})\n`);
    const graders = openGraders(scanner, undefined, say);
    const judge = new Judge(scanner, await settingsOf(config), { graders });
    const batches =
      graders && (await batchGrader(graders.grader, (why) => say(why, "no ONNX Runtime: graded without it")));
    for await (const lines of batched(
      createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    )) {
      const comments = lines.map(read).map(({ text: raw, ...rest }) => ({ raw, rest, text: cleanText(raw) }));
      const grades = await batches?.grade(
        comments.map(({ text }) => ({
          text,
          match: scanner.normalise(text),
          hits: judge.judgeWords(text).hits,
        })),
      );
      for (const [index, { raw, rest, text }] of comments.entries()) {
        process.stdout.write(lineOf(judge, raw, rest, judge.judgeText(text, grades?.[index]), json === true));
      }
    }
    await batches?.close();
    return 0;
  },
};
