import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Converter } from "opencc-js";
import { pinyin } from "pinyin-pro";
import { cleanText } from "../../clean/clean-text.ts";
import type { Judge } from "../../clean/judge.ts";
import type { Scanner } from "../../clean/scanner.ts";
import { shippedLists } from "../../clean/scanner.ts";
import { parseWordList } from "../../clean/word-list.ts";
import { Action, Kind } from "../../comments/comment.ts";
import { commentsOf, seeded } from "./corpus.ts";

type Random = (below: number) => number;

const HAN_WORD = /^\p{Script=Han}{2,}$/u;
const traditional = Converter({ from: "cn", to: "t" });
const apart = (between: string) => (word: string) => [...word].join(between);

/** What people do to words; undefined: not with this one. */
const disguises: Readonly<Record<string, (word: string, random: Random) => string | undefined>> = {
  separators: (word, random) => apart(["、", "|", ".", "*", "/", "-", " "][random(7)] ?? " ")(word),
  emoji: (word) => apart("🌸")(word),
  zeroWidth: (word) => apart("\u200b")(word),
  marks: (word) => apart("\u0336")(word),
  repeated: (word, random) => [...word].map((one) => one.repeat(1 + random(3))).join(""),
  traditional: (word) => (traditional(word) === word ? undefined : traditional(word)),
  backwards: (word) => (word.length > 2 ? [...word].reverse().join("") : undefined),
  pinyinOfOne: (word, random) => {
    const at = random(word.length);
    return word.slice(0, at) + pinyin(word.charAt(at), { toneType: "none", v: true }) + word.slice(at + 1);
  },
};
const around = [
  ["", ""],
  ["主播", ""],
  ["前方", "！！"],
  ["弹幕里说", "的人呢"],
  ["今天", "吗"],
] as const;

/** Words of the lists that are acted on as they are written. */
export function actedOn(judge: Judge): string[] {
  return shippedLists().flatMap(({ text }) =>
    parseWordList(text, 0)
      .filter(({ allowed, severity }) => !allowed && severity > 1)
      .flatMap(({ words }) => words.split("\n"))
      .filter((word) => HAN_WORD.test(word) && judge.judgeWords(cleanText(word)).action !== Action.SHOW),
  );
}

function evasion(judge: Judge, words: readonly string[]) {
  const random = seeded(3);
  const kinds = Object.entries(disguises).map(([kind, disguise]) => {
    let found = 0;
    let all = 0;
    for (const word of words) {
      const hidden = disguise(word, random);
      if (hidden === undefined) continue;
      const [before, after] = around[random(around.length)] ?? ["", ""];
      all++;
      if (judge.judgeWords(cleanText(before + hidden + after)).action !== Action.SHOW) found++;
    }
    return [kind, { found, all }] as const;
  });
  const sum = (key: "found" | "all") => kinds.reduce((total, [, counts]) => total + counts[key], 0);
  return {
    recall: sum("found") / sum("all"),
    kinds: Object.fromEntries(
      kinds.map(([kind, { found, all }]) => [kind, Number((found / all).toFixed(3))]),
    ),
  };
}

let serial = 0;
const said = (judge: Judge, room: string, author: string | undefined, text: string, atMs: number) =>
  judge.judge({
    id: String(serial++),
    platform: "bench",
    room,
    kind: Kind.CHAT,
    timeMs: atMs,
    receivedMs: atMs,
    text,
    ...(author !== undefined && { author: { id: author } }),
  }).verdict;
const isSplit = (reasons: readonly string[] = []) => reasons.some((reason) => reason.endsWith(":split"));

/** The share of words, cut at random, whose last part is held or dropped. */
function splitRecall(judge: Judge, words: readonly string[]): number {
  const random = seeded(4);
  let found = 0;
  let all = 0;
  for (const word of words) {
    const parts: string[] = [];
    for (let at = 0; at < word.length; ) {
      const length = Math.min(word.length - at, 1 + random(Math.min(3, word.length - 1)));
      parts.push(word.slice(at, at + length));
      at += length;
    }
    if (parts.some((part) => judge.judgeWords(cleanText(part)).action !== Action.SHOW)) continue;
    all++;
    const verdicts = parts.map((part, index) => said(judge, `split ${all}`, "1", part, 1e6 + index * 2_000));
    if (verdicts.some((verdict) => isSplit(verdict?.reasons))) found++;
  }
  return found / all;
}

/** One small change, as who copies a comment makes it. */
function edited(text: string, random: Random): string {
  const at = random(text.length);
  const one = text.charAt(random(text.length));
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + text.charAt(at).repeat(1 + random(4)) + text.slice(at);
    case 1:
      return text + ["！", "！！！", "~", "。", "……"][random(5)];
    case 2:
      return text.slice(0, at) + one + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + one + text.slice(at);
    default:
      return text + ["啊", "呀", "了", "哈哈哈", "吧"][random(5)];
  }
}

function dedup(scanner: Scanner) {
  const random = seeded(5);
  const comments = commentsOf(20_000, ["词"]);
  const counts = (a: string, b: string, room: string) => {
    scanner.repeat(room, a, 0, 1_000);
    return scanner.repeat(room, b, 1, 1_000).count > 1;
  };
  let found = 0;
  let wrong = 0;
  for (const [index, comment] of comments.entries()) {
    if (counts(comment, edited(comment, random), `near ${index}`)) found++;
    const other = comments[(index + 1 + random(comments.length - 1)) % comments.length] ?? "";
    if (comment !== other && counts(comment, other, `far ${index}`)) wrong++;
  }
  return { found: found / comments.length, wrong: wrong / comments.length };
}

const rows = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));

/** On somebody's comments, as a folder of files holds them: evasion_eval.tsv, train.tsv, eval.tsv, danmaku_timeline.jsonl. */
function onData(judge: Judge, folder: string) {
  const action = (text = "") => judge.judgeText(cleanText(text)).action;
  const byWords = (text = "") => judge.judgeWords(cleanText(text)).action;
  const disguised = rows(join(folder, "evasion_eval.tsv")).filter((row) => byWords(row[5]) !== Action.SHOW);
  const timeline = readFileSync(join(folder, "danmaku_timeline.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { t: number; text: string; source: string });
  const normal = ["train.tsv", "eval.tsv"]
    .flatMap((name) => rows(join(folder, name)))
    .filter(
      ([, label, source = ""]) =>
        label === "normal" && source.startsWith("real:") && !source.includes("COLD"),
    );
  const harmless = [...timeline.map(({ text }) => text), ...normal.map(([text = ""]) => text)].map(action);
  const bare = [...timeline.map(({ text }) => text), ...normal.map(([text = ""]) => text)].filter(
    (text) => judge.judgeText(cleanText(text)).heldFor !== undefined,
  ).length;
  const share = (one: Action) => harmless.filter((other) => other === one).length / harmless.length;
  const random = seeded(6);
  const falseHolds = timeline.filter(({ source, text, t }) =>
    isSplit(said(judge, source, String(random(50)), text, 1e6 + t * 1_000)?.reasons),
  ).length;
  return {
    evasionRecall: disguised.filter(([text]) => byWords(text) !== Action.SHOW).length / disguised.length,
    splitFalseHold: falseHolds / timeline.length,
    harmlessDropped: share(Action.DROP),
    harmlessMasked: share(Action.MASK),
    harmlessHeld: share(Action.HOLD),
    /** Of them by the grader alone. */
    harmlessGraded: bare / harmless.length,
  };
}

/** `judge` folds nothing. */
export function accuracy(judge: Judge, scanner: Scanner, dataFolder: string | undefined) {
  if (dataFolder !== undefined && !existsSync(dataFolder)) throw new Error(`no folder ${dataFolder}`);
  const words = actedOn(judge);
  const own = evasion(judge, words);
  const { found, wrong } = dedup(scanner);
  return {
    evasionRecall: own.recall,
    evasionKinds: own.kinds,
    splitRecall: splitRecall(judge, words),
    dedupFound: found,
    dedupWrong: wrong,
    onData: dataFolder === undefined ? null : onData(judge, dataFolder),
  };
}
