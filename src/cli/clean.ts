import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { readConfig } from "../box/config.ts";
import { demoConfigFile, lexiconDir } from "../box/paths.ts";
import { cleanText } from "../clean/clean-text.ts";
import { type CleanSettings, Judge } from "../clean/judge.ts";
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

export const command: Command = {
  summary: "Judge comments from standard input, one a line, and say why",
  usage: "[--json] [--config FILE] < FILE",
  positionals: 0,
  options: {
    ...configOption,
    json: {
      type: "boolean",
      about: "A JSON object a line: verdict, what is shown, the words and their places",
    },
  },
  async run({ config, json }) {
    const judge = new Judge(Scanner.open(lexiconDir(), shippedLists()), await settingsOf(config));
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      const { text, ...rest } = read(line);
      const { action, hits, shown } = judge.judgeText(cleanText(text));
      const author = typeof rest.author === "string" ? { author: judge.nameOf(rest.author) } : {};
      const reasons = hits.map((hit) => ({ ...hit, action: actions[hit.action] }));
      const words = reasons.map(({ word, category, severity }) => `${word} (${category} ${severity})`);
      process.stdout.write(
        json
          ? `${JSON.stringify({ ...rest, ...author, text, verdict: actions[action], shown, reasons })}\n`
          : `${actions[action].padEnd(5)} ${shown}${words.length > 0 ? `    ${words.join(", ")}` : ""}\n`,
      );
    }
    return 0;
  },
};
