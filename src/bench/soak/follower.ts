// Follows rooms as the `comments` process does, and tells how it fares.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { parseConfig } from "../../box/config.ts";
import { Judge } from "../../clean/judge.ts";
import { Scanner, shippedLists } from "../../clean/scanner.ts";
import { Archive } from "../../comments/archive.ts";
import { CommentHub } from "../../comments/hub.ts";
import { Pipeline } from "../../comments/pipeline.ts";
import { Pseudonyms } from "../../comments/pseudonyms.ts";
import { Rooms } from "../../comments/rooms.ts";
import type { Message } from "../../rpc/proto.ts";

export interface SoakSample {
  readonly rssKib: number;
  /** Objects and buffers after a collection. */
  readonly keptKib: number;
  readonly states: Readonly<Record<string, string>>;
  readonly received: number;
  readonly reconnects: number;
  /** Milliseconds from each loss to the room's being live again, since the last sample. */
  readonly recoveriesMs: readonly number[];
}

const log = pino({ level: "silent" });
const stop = new AbortController();
const folder = await mkdtemp(join(tmpdir(), "feimu-bench-soak-"));
const archive = Archive.open(folder);
const judge = new Judge(Scanner.open(folder, shippedLists()), {
  profile: "bar",
  strength: 2,
  words: "",
  foldS: 0,
});
const pipeline = new Pipeline(archive, await Pseudonyms.open(folder), judge, new CommentHub(), log);
pipeline.keepFor(24);
pipeline.run(stop.signal);

const nameOf = ({ platform, id }: Message) => `${platform}/${id}`;
const lostMs = new Map<string, number>();
let recoveriesMs: number[] = [];
const look = () => {
  for (const room of rooms.status.rooms as Message[]) {
    const since = lostMs.get(nameOf(room));
    if (room.state === "live") {
      if (since !== undefined) recoveriesMs.push(Math.round(performance.now() - since));
      lostMs.delete(nameOf(room));
    } else if (since === undefined && room.reconnects > 0) {
      lostMs.set(nameOf(room), performance.now());
    }
  }
};
const rooms = new Rooms(
  log,
  (comment, approval) => pipeline.push(comment, approval),
  () => setImmediate(look),
  (platform, room) => archive.newest(platform, room),
  (title) => pipeline.titleOf(title),
);

function sample(): SoakSample {
  global.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const all = rooms.status.rooms as Message[];
  const result = {
    rssKib: rss / 1_024,
    keptKib: (heapUsed + external) / 1_024,
    states: Object.fromEntries(all.map((room) => [nameOf(room), room.state])),
    received: all.reduce((sum, room) => sum + room.received, 0),
    reconnects: all.reduce((sum, room) => sum + room.reconnects, 0),
    recoveriesMs,
  };
  recoveriesMs = [];
  return result;
}

process.on("message", (message: { rooms: object[] } | "sample" | "end") => {
  if (message === "sample") process.send?.(sample());
  else if (message === "end") {
    stop.abort();
    void rm(folder, { recursive: true, force: true }).then(() => process.exit());
  } else rooms.configure(parseConfig({ rooms: message.rooms }).rooms, stop.signal);
});
process.send?.("ready");
