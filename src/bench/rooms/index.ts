import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { commandOf } from "../../simulators/bilibili/commands.ts";
import { BilibiliRoomSimulator } from "../../simulators/bilibili/room.ts";
import type { Certificate } from "../../simulators/room-simulator.ts";
import type { Follow, Followed } from "./follower.ts";

const ROOMS = 20;
const STORM_S = 10;
const AFTER_S = 3;
const TICK_MS = 20;
const FIRST_ROOM = 21_452_505;
/** Comments a second: of the busy room, its gifts in the storm, and each other room. */
const CHATS = 3_000;
const GIFTS = 10_000;
const OTHERS = 20;
const GROWTH = [10, 30, 100, 300, 1_000];
const GROWTH_S = 5;
/** Comments in one frame of a room that is followed a thousand times. */
const A_FRAME = 5;

/** What a room sends between its comments, and what nobody shows. */
const noise = [
  { cmd: "ONLINE_RANK_COUNT", data: { count: 1_234, online_count: 1_234 } },
  { cmd: "WATCHED_CHANGE", data: { num: 56_789, text_small: "5.6万", text_large: "5.6万人看过" } },
  { cmd: "LIKE_INFO_V3_UPDATE", data: { click_count: 98_765 } },
  {
    cmd: "STOP_LIVE_ROOM_LIST",
    data: { room_id_list: Array.from({ length: 40 }, (_, at) => FIRST_ROOM + at) },
  },
];

const now = () => performance.timeOrigin + performance.now();

/** A process that follows rooms as `comments` does. */
async function follower(follow: Follow, trusted = "") {
  const child: ChildProcess = fork(fileURLToPath(new URL("follower.ts", import.meta.url)), {
    execArgv: ["--expose-gc"],
    serialization: "advanced",
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
  });
  await once(child, "message");
  child.send({ follow });
  return {
    begin: () => void child.send("begin"),
    async report(): Promise<Followed> {
      const reply = once(child, "message");
      child.send("report");
      return (await reply)[0];
    },
    async end() {
      const exit = once(child, "exit");
      child.send("end");
      await exit;
    },
  };
}

/** Calls it at a steady rate: `done` is what was due by then. */
async function steadily(seconds: number, act: (tick: number) => void): Promise<void> {
  const start = performance.now();
  for (let tick = 0; tick * TICK_MS < seconds * 1_000; tick++) {
    act(tick);
    await delay(Math.max(0, start + (tick + 1) * TICK_MS - performance.now()));
  }
}

/** How many of so many a second are due at a tick. */
const due = (perSecond: number, tick: number) =>
  Math.floor(((tick + 1) * perSecond * TICK_MS) / 1_000) - Math.floor((tick * perSecond * TICK_MS) / 1_000);

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100
  );
}

async function untilJoined(simulators: readonly BilibiliRoomSimulator[], clients: number): Promise<void> {
  while (simulators.some((simulator) => simulator.clients < clients)) await delay(20);
  // Titles and states that came with the connections are told.
  await delay(500);
}

/** A certificate for loopback, and the file that it lies in. */
function certificate(folder: string): Certificate & { readonly file: string } {
  const [key, file] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", file], { stdio: "ignore" });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(file, "utf8"), file };
}

/** Twenty rooms, one of them with a storm: what was sent, published and archived, as sets. */
async function benchStorm() {
  const folder = await mkdtemp(join(tmpdir(), "feimu-bench-rooms-"));
  const tls = certificate(folder);
  const simulators = Array.from(
    { length: ROOMS },
    (_, at) => new BilibiliRoomSimulator(String(FIRST_ROOM + at), tls),
  );
  const rooms = await Promise.all(
    simulators.map(async (simulator, at) => ({
      id: String(FIRST_ROOM + at),
      port: await simulator.listen(0),
    })),
  );
  const process = await follower({ rooms, archiveHours: 24, scheme: "https" }, tls.file);
  const sentMs: number[] = [];
  const say = (simulator: BilibiliRoomSimulator | undefined, chats: number, gifts: number) => {
    if (chats + gifts === 0) return;
    const commands: object[] = [];
    for (let at = 0; at < chats + gifts; at++) {
      const author = `n${sentMs.push(now()) - 1}`;
      const saying =
        at < chats ? { text: `第${sentMs.length}条弹幕` } : { kind: "gift" as const, text: "小花花" };
      commands.push(
        commandOf({ ...saying, author }, Date.now()),
        noise[at % noise.length]!,
        noise[(at + 1) % noise.length]!,
      );
    }
    simulator?.send(...commands);
  };
  try {
    await untilJoined(simulators, 1);
    process.begin();
    await steadily(STORM_S + AFTER_S, (tick) => {
      const storm = tick * TICK_MS < STORM_S * 1_000;
      for (const [at, simulator] of simulators.entries()) {
        if (at > 0) say(simulator, due(OTHERS, tick), 0);
        else if (storm) say(simulator, due(CHATS, tick), due(GIFTS, tick));
      }
    });
    await delay(1_000);
    const { published, archived, gcPauseMs, cores } = await process.report();
    const got = new Set(published.map(([serial]) => serial));
    const kept = new Set(archived);
    return {
      rooms: ROOMS,
      sent: sentMs.length,
      lost: sentMs.filter((_, serial) => !got.has(serial)).length,
      notArchived: sentMs.filter((_, serial) => !kept.has(serial)).length,
      repeated: published.length - got.size + archived.length - kept.size,
      p99Ms: percentile(
        published.map(([serial, ms]) => ms - (sentMs[serial] ?? ms)),
        0.99,
      ),
      stormCores: Math.round(cores * 100) / 100,
      gcPauseP99Ms: percentile(gcPauseMs, 0.99),
    };
  } finally {
    await process.end();
    for (const simulator of simulators) simulator.close();
    await rm(folder, { recursive: true });
  }
}

/** So many followers of rooms with 20 comments a second each, nothing archived. */
async function benchSize(count: number) {
  const simulator = new BilibiliRoomSimulator(String(FIRST_ROOM));
  const port = await simulator.listen(0);
  const rooms = Array.from({ length: count }, () => ({ id: String(FIRST_ROOM), port }));
  const process = await follower({ rooms, archiveHours: 0, scheme: "http" });
  let serial = 0;
  const expected = () => serial * count;
  try {
    await untilJoined([simulator], count);
    process.begin();
    await steadily(GROWTH_S, (tick) => {
      if ((tick * TICK_MS * OTHERS) % (A_FRAME * 1_000) !== 0) return;
      simulator.say(
        ...Array.from({ length: A_FRAME }, () => ({ text: `第${serial}条弹幕`, author: `n${serial++}` })),
      );
    });
    await delay(500);
    const { published, cores, keptKib, rssKib } = await process.report();
    return {
      rooms: count,
      lost: expected() - published.length,
      cores: Math.round(cores * 100) / 100,
      keptKib: Math.round(keptKib),
      rssMib: Math.round(rssKib / 1_024),
    };
  } finally {
    await process.end();
    simulator.close();
  }
}

/**
 * Rooms on loopback: twenty over TLS with a storm in one of them and the archive on; then up to a thousand, without TLS. `cores` and `kibPerRoom` are those of
 * the thousand, the latter what is kept after a collection, as growth from the smallest size on.
 */
export async function benchRooms(): Promise<object> {
  const storm = await benchStorm();
  const growth = [];
  for (const count of GROWTH) growth.push(await benchSize(count));
  const first = growth[0]!;
  const last = growth.at(-1)!;
  return {
    ...storm,
    kibPerRoom: Math.round((last.keptKib - first.keptKib) / (last.rooms - first.rooms)),
    cores: last.cores,
    growth,
  };
}
