import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { lexiconDir } from "../../box/paths.ts";
import { type CleanSettings, Judge } from "../../clean/judge.ts";
import { Scanner, shippedLists } from "../../clean/scanner.ts";
import { Kind } from "../../comments/comment.ts";
import { commentsOf } from "./corpus.ts";

const COMMENTS = 200_000;

interface Shard {
  readonly settings: CleanSettings;
  readonly number: number;
}

/** What one writer does with the rooms of its shard. The compiled lists are one file, mapped by all. */
function judgeAll({ settings, number }: Shard): void {
  const scanner = Scanner.open(lexiconDir(), shippedLists());
  const judge = new Judge(scanner, settings);
  const comments = commentsOf(COMMENTS / 10, ["加微信"]);
  const run = (count: number) => {
    for (let index = 0; index < count; index++) {
      judge.judge({
        id: String(index),
        platform: "bench",
        room: `${number}-${index % 8}`,
        kind: Kind.CHAT,
        timeMs: index,
        receivedMs: index,
        text: comments[index % comments.length] ?? "",
        author: { id: String(index % 500), name: `观众${index % 500}` },
      });
    }
  };
  run(COMMENTS / 10);
  parentPort?.once("message", () => {
    run(COMMENTS);
    parentPort?.postMessage("done");
  });
  parentPort?.postMessage("ready");
}

/** Comments a second of `count` threads that judge rooms of their own at the same time. */
async function perSecond(count: number, settings: CleanSettings): Promise<number> {
  const workers = Array.from(
    { length: count },
    (_, number) => new Worker(new URL(import.meta.url), { workerData: { settings, number } satisfies Shard }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const startMs = performance.now();
    const done = workers.map((worker) => once(worker, "message"));
    for (const worker of workers) worker.postMessage("go");
    await Promise.all(done);
    return (count * COMMENTS * 1e3) / (performance.now() - startMs);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** How many times as fast two writers are as one. */
export async function twoCoreSpeedup(settings: CleanSettings): Promise<number> {
  const one = await perSecond(1, settings);
  return (await perSecond(2, settings)) / one;
}

if (!isMainThread) judgeAll(workerData as Shard);
