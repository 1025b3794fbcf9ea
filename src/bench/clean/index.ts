import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AhoCorasick } from "@monyone/aho-corasick";
import { lexiconDir } from "../../box/paths.ts";
import { nodeArguments, processTable } from "../../box/process-table.ts";
import { Grader } from "../../clean/grade/grader.ts";
import { type CleanSettings, Judge } from "../../clean/judge.ts";
import { Scanner, shippedLists } from "../../clean/scanner.ts";
import { Kind } from "../../comments/comment.ts";
import { loadAddon } from "../../host/addon.ts";
import { accuracy, actedOn } from "./accuracy.ts";
import { burst } from "./burst.ts";
import { choices } from "./choices.ts";
import { commentsOf, wordsOf } from "./corpus.ts";
import { gradeAccuracy, gradeSpeed } from "./grading.ts";
import { ruleCosts } from "./rules.ts";
import { twoCoreSpeedup } from "./shards.ts";

const COMMENTS = 200_000;
const PEER_COMMENTS = 20_000;
const ROUNDS = 5;
/** Comments that are graded one by one. */
const GRADED = 20_000;
const native = fileURLToPath(new URL("../../../native", import.meta.url));
const settings: CleanSettings = { profile: "bar", strength: 2, words: "", foldS: 1 };

const msOf = (work: () => void) => {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
};
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

/** The program that scans with our automaton and with Vectorscan; undefined where the latter is not installed. */
function literalScan(folder: string): string | undefined {
  let flags: string[];
  try {
    flags = execFileSync("pkg-config", ["--cflags", "--libs", "libhs"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split(/\s+/);
  } catch {
    process.stderr.write("no peer for the literal scan: apt-get install libvectorscan-dev\n");
    return undefined;
  }
  const program = join(folder, "literal-scan");
  const sources = ["bench/literal-scan.cpp", "automaton.cpp"].map((name) => join(native, "scan", name));
  execFileSync("g++", ["-std=c++20", "-O3", "-DNDEBUG", `-I${native}`, ...sources, ...flags, "-o", program]);
  return program;
}

function againstVectorscan(
  folder: string,
  program: string,
  words: readonly string[],
  comments: readonly string[],
) {
  const files = { words, comments };
  const paths = Object.entries(files).map(([name, lines]) => {
    const path = join(folder, name);
    writeFileSync(path, lines.join("\n"));
    return path;
  });
  return JSON.parse(
    execFileSync(program, [...paths, String(ROUNDS), String(PEER_COMMENTS)], { encoding: "utf8" }),
  ) as {
    perSecond: number;
    peerPerSecond: number;
    buildMs: number;
    peerBuildMs: number;
    automatonBytes: number;
    matches: number;
    firstSum: number;
    same: boolean;
  };
}

function againstMonyone(words: readonly string[], comments: readonly string[]) {
  const peer = new AhoCorasick([...words]);
  const some = comments.slice(0, PEER_COMMENTS);
  let peerMs = Number.POSITIVE_INFINITY;
  for (let times = 0; times < ROUNDS; times++) {
    const ms = msOf(() => {
      for (const comment of some) peer.matchInText(comment);
    });
    peerMs = Math.min(peerMs, ms);
  }
  const numbers = new Map(words.map((word, number) => [word, number]));
  let sum = 0;
  for (const [index, comment] of some.entries()) {
    for (const { keyword } of peer.matchInText(comment)) {
      sum = (sum + ((Math.imul(index + 1, 1_000_003) ^ (numbers.get(keyword) ?? -1)) >>> 0)) >>> 0;
    }
  }
  return { perSecond: (some.length / peerMs) * 1e3, sum };
}

/** Whole pipeline from TypeScript: what a room gives, to the verdict. */
function pipeline(judge: Judge, comments: readonly string[]) {
  const times = new Float64Array(comments.length);
  const totalMs = msOf(() => {
    for (const [index, text] of comments.entries()) {
      const startMs = performance.now();
      judge.judge({
        id: String(index),
        platform: "bench",
        room: "1",
        kind: Kind.CHAT,
        timeMs: index / 5,
        receivedMs: index / 5,
        text,
        author: { id: String(index % 500), name: `观众${index % 500}` },
      });
      times[index] = performance.now() - startMs;
    }
  });
  times.sort();
  return { perSecond: (comments.length / totalMs) * 1e3, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 };
}

/** What the engine adds to a process: its own, and the file that all share. */
function memoryOf(folder: string, list: string): { ownMb: number; mappedMb: number } {
  const path = join(folder, "list.txt");
  writeFileSync(path, list);
  const script = fileURLToPath(new URL("memory.ts", import.meta.url));
  return JSON.parse(
    execFileSync(
      process.execPath,
      [...nodeArguments(processTable.comments), script, join(folder, "lists"), path],
      { encoding: "utf8" },
    ),
  );
}

/** `dataFolder`: comments to measure on, see accuracy.ts. */
export async function benchClean(dataFolder?: string) {
  const folder = mkdtempSync(join(tmpdir(), "feimu-clean-"));
  try {
    mkdirSync(lexiconDir(), { recursive: true });
    const shipped = Scanner.open(lexiconDir(), shippedLists());
    const normalise = (word: string) => shipped.normalise(word);
    const program = literalScan(folder);
    const sizes = [1_000, 20_000, 100_000, 1_000_000].map((count) => {
      const words = wordsOf(count, normalise);
      const comments = commentsOf(COMMENTS, words);
      return {
        count,
        words,
        comments,
        scan: program ? againstVectorscan(folder, program, words, comments) : undefined,
      };
    });
    const [, at20k, at100k] = sizes;
    if (!at20k || !at100k) throw new Error("unreachable");
    const list = [{ name: "bench", text: `@custom 1\n${at100k.words.join("\n")}` }];
    let scanner = shipped;
    const buildMs = msOf(() => {
      scanner = Scanner.open(join(folder, "lists"), list);
    });
    const file = join(folder, "lists/lexicon.bin");
    const mapped = new (loadAddon<{ Scanner: new () => { open(path: string): object } }>(
      "comments",
    ).Scanner)();
    const openMs = msOf(() => mapped.open(file));
    const wordVisibleMs = msOf(() => scanner.setOwnWords("@custom 3\n隔壁老王"));
    const memory = memoryOf(folder, list[0]?.text ?? "");
    const monyone = againstMonyone(at20k.words, at20k.comments);
    const grader = Grader.open();
    const graders = { grader };
    const speed = pipeline(new Judge(scanner, settings, { graders }), at100k.comments);
    const words = new Judge(shipped, { ...settings, foldS: 0 });
    const ratio = (one?: { perSecond: number; peerPerSecond: number }) =>
      one ? round(one.perSecond / one.peerPerSecond) : null;
    return {
      vsVectorscan20k: ratio(at20k.scan),
      vsVectorscan100k: ratio(at100k.scan),
      vsMonyone: at20k.scan ? round(at20k.scan.perSecond / monyone.perSecond, 1) : null,
      sameMatches:
        sizes.every(({ scan }) => scan?.same !== false) &&
        (at20k.scan?.firstSum ?? monyone.sum) === monyone.sum,
      curve: sizes.map(({ count, scan }) => ({
        words: count,
        perSecond: scan?.perSecond,
        vectorscan: scan?.peerPerSecond,
        buildMs: scan?.buildMs,
        vectorscanBuildMs: scan?.peerBuildMs,
        automatonMb: scan ? round(scan.automatonBytes / 1e6) : undefined,
      })),
      build100kMs: round(buildMs, 0),
      fileMb: round(statSync(file).size / 1e6),
      openMs: round(openMs),
      wordVisibleMs: round(wordVisibleMs),
      memoryMb: round(memory.ownMb, 1),
      mappedMb: round(memory.mappedMb, 1),
      ...burst(new Judge(shipped, { ...settings, strength: 1 }), at20k.comments),
      twoCoreSpeedup: round(await twoCoreSpeedup(settings)),
      pipelinePerSecond: round(speed.perSecond, 0),
      pipelineP99Ms: round(speed.p99Ms, 4),
      rulesAddUs: ruleCosts(shipped, at20k.comments.slice(0, PEER_COMMENTS)),
      ...(await gradeSpeed(grader, words, shipped, at100k.comments.slice(0, GRADED))),
      ...accuracy(new Judge(shipped, { ...settings, foldS: 0 }, { graders }), shipped, dataFolder),
      choices: choices(words, shipped, actedOn(words), at20k.comments.slice(0, PEER_COMMENTS), dataFolder),
      ...(dataFolder !== undefined && gradeAccuracy(grader, words, shipped, dataFolder)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
