import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setImmediate as immediate } from "node:timers/promises";
import { readConfig } from "../box/config.ts";
import { demoConfigFile, lexiconDir } from "../box/paths.ts";
import { gradesOf } from "../clean/grade/grader.ts";
import { openGraders } from "../clean/grade/graders.ts";
import { batchGrader } from "../clean/grade/onnx.ts";
import { type CleanSettings, Judge, type PlacedJudgement } from "../clean/judge.ts";
import { Scanner, shippedLists } from "../clean/scanner.ts";
import type { Action } from "../comments/comment.ts";
import { type Command, configOption } from "./command.ts";
import { type CommentLine, readCommentLine } from "./comment-line.ts";

const actions: Readonly<Record<Action, string>> = {
  0: "show",
  1: "mask",
  2: "fold",
  3: "hold",
  4: "drop",
};
const defaults: CleanSettings = { profile: "bar", strength: 2, words: "", foldS: 1 };

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

/** An author is a name, or has one. */
function cleanAuthor(judge: Judge, { author }: Record<string, unknown>): object {
  if (typeof author === "string") return { author: judge.nameOf(author) };
  if (typeof author !== "object" || author === null || !("name" in author)) return {};
  return { author: { ...author, name: judge.nameOf(String(author.name)) } };
}

function jsonOf(judge: Judge, { raw, rest }: CommentLine, judgement: PlacedJudgement): string {
  const { action, hits, split = [], repeat, shown, grade, heldFor } = judgement;
  return JSON.stringify({
    ...rest,
    ...cleanAuthor(judge, rest),
    text: raw,
    verdict: actions[action],
    shown,
    reasons: [
      ...hits.map((hit) => ({ ...hit, action: actions[hit.action] })),
      // Its place is one in all of them together.
      ...split.map(({ among, start, end, ...hit }) => ({
        ...hit,
        action: actions[hit.action],
        lines: among.map(Number),
      })),
    ],
    ...(repeat && { foldedInto: Number(repeat.into), count: repeat.count }),
    ...(grade && {
      grade: Object.fromEntries(gradesOf(grade).map(({ label, likely }) => [label, likely])),
    }),
    ...(heldFor && { heldFor }),
  });
}

function wordsOf({ action, hits, split = [], repeat, shown, grade, heldFor }: PlacedJudgement): string {
  const why = [
    ...hits.map(({ word, category, severity }) => `${word} (${category} ${severity})`),
    ...split.map(
      ({ word, category, severity, among }) => `${word} (${category} ${severity}, lines ${among.join(", ")})`,
    ),
    ...(repeat ? [`×${repeat.count} of line ${repeat.into}`] : []),
    ...(heldFor && grade ? [`graded ${heldFor}`] : []),
  ];
  return `${actions[action].padEnd(5)} ${shown}${why.length > 0 ? `    ${why.join(", ")}` : ""}`;
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
    let read = 0;
    for await (const batch of batched(
      createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    )) {
      const lines = batch.map((line) => readCommentLine(line, ++read));
      const grades = await batches?.grade(
        lines.map(({ text }) => ({
          text,
          match: scanner.normalise(text),
          hits: judge.judgeWords(text).hits,
        })),
      );
      for (const [index, line] of lines.entries()) {
        const { text, comment } = line;
        const judgement = comment
          ? judge.judgeInPlace(comment, text, grades?.[index])
          : judge.judgeText(text, grades?.[index]);
        process.stdout.write(`${json ? jsonOf(judge, line, judgement) : wordsOf(judgement)}\n`);
      }
    }
    await batches?.close();
    return 0;
  },
};
