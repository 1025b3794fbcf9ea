import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { parseConfig } from "../../box/config.ts";
import { Judge } from "../../clean/judge.ts";
import { Scanner, shippedLists } from "../../clean/scanner.ts";
import { Archive, type Kept } from "../../comments/archive.ts";
import type { Comment } from "../../comments/comment.ts";
import { CommentHub } from "../../comments/hub.ts";
import { Pipeline } from "../../comments/pipeline.ts";
import { Pseudonyms } from "../../comments/pseudonyms.ts";
import { Budget } from "../../rooms/budget.ts";
import { RoomKeeper } from "../../rooms/keeper.ts";
import { openRoom } from "../../rooms/registry.ts";
import { decodeMessage, lookupType } from "../../rpc/proto.ts";

/** What the parent wants followed: rooms of simulators on loopback. */
export interface Follow {
  readonly rooms: readonly { readonly id: string; readonly port: number }[];
  /** Hours; 0: nothing is archived. */
  readonly archiveHours: number;
  readonly scheme: "http" | "https";
}

export interface Followed {
  /** Number of a comment, when it was published (ms of the wall clock), in turn. */
  readonly published: readonly (readonly [number, number])[];
  readonly archived: readonly number[];
  readonly gcPauseMs: readonly number[];
  /** Processor time over time. */
  readonly cores: number;
  /** What is kept: objects and buffers after a collection. */
  readonly keptKib: number;
  readonly rssKib: number;
}

/** The number that a simulated author has for a name. */
const numberOf = ({ author }: Comment) => Number(author?.name?.slice(1) ?? Number.NaN);
const now = () => performance.timeOrigin + performance.now();

/** The hub of the `comments` process, which also writes down when it was given what. */
class RecordingHub extends CommentHub {
  published: [number, number][] = [];
  override publish(kept: Kept): void {
    super.publish(kept);
    const serial = numberOf(kept.comment);
    if (serial >= 0) this.published.push([serial, now()]);
  }
}

const commentType = lookupType("feimu.v1.Comment");
const log = pino({ level: "silent" });
const stop = new AbortController();
const folder = await mkdtemp(join(tmpdir(), "feimu-bench-rooms-"));
const archive = Archive.open(folder);
const hub = new RecordingHub();
const judge = new Judge(Scanner.open(folder, shippedLists()), {
  profile: "bar",
  strength: 2,
  words: "",
  foldS: 0,
});
const pipeline = new Pipeline(archive, await Pseudonyms.open(folder), judge, hub, log);
const gcPauseMs: number[] = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcPauseMs.push(duration);
}).observe({ entryTypes: ["gc"] });
let since = { ms: 0, cpu: process.cpuUsage() };

function follow({ rooms, archiveHours, scheme }: Follow): void {
  pipeline.keepFor(archiveHours);
  pipeline.run(stop.signal);
  // What a platform tolerates is not what is measured.
  const budget = new Budget({ connections: 10_000, perSecond: 200 });
  for (const { id, port } of rooms) {
    const at = `${scheme}://127.0.0.1:${port}`;
    const room = { platform: "bilibili", id, endpoints: { api: at, live: at } };
    const config = parseConfig({ rooms: [room] }).rooms[0]!;
    const take = (comment: Comment) => pipeline.push(comment);
    void new RoomKeeper(
      config,
      () => openRoom(config),
      budget,
      log,
      take,
      () => {},
    ).run(stop.signal);
  }
}

/** From now on it counts. */
function begin(): void {
  global.gc?.();
  hub.published = [];
  gcPauseMs.length = 0;
  since = { ms: performance.now(), cpu: process.cpuUsage() };
}

async function report(rooms: Follow["rooms"]): Promise<Followed> {
  const { user, system } = process.cpuUsage(since.cpu);
  const cores = (user + system) / 1_000 / (performance.now() - since.ms);
  // What the garbage collector has to tell comes a little later.
  await delay(100);
  const archived = rooms.flatMap(({ id }) =>
    [...archive.all("bilibili", id)]
      .map((bytes) => numberOf(decodeMessage(commentType, bytes)))
      .filter((serial) => serial >= 0),
  );
  const { published } = hub;
  // The bench's own notes are none of the rooms'.
  hub.published = [];
  const pauses = [...gcPauseMs];
  global.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    published,
    archived,
    gcPauseMs: pauses,
    cores,
    keptKib: (heapUsed + external) / 1_024,
    rssKib: rss / 1_024,
  };
}

let followed: Follow["rooms"] = [];
process.on("message", (message: { follow: Follow } | "begin" | "report" | "end") => {
  if (message === "begin") begin();
  else if (message === "report") void report(followed).then((result) => process.send?.(result));
  else if (message === "end") {
    stop.abort();
    void rm(folder, { recursive: true, force: true }).then(() => process.exit());
  } else {
    followed = message.follow.rooms;
    follow(message.follow);
  }
});
process.send?.("ready");
