import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type SimulatedName, simulatedRooms, simulators } from "../../simulators/registry.ts";
import type { RoomSimulator } from "../../simulators/room-simulator.ts";
import type { SoakSample } from "./follower.ts";

/** Of each platform, and of the one with two transports. */
const followed: readonly (readonly [SimulatedName, string])[] = [
  ["bilibili", "websocket"],
  ["bilibili", "tcp"],
  ["bilibili-open", "websocket"],
  ["custom", "websocket"],
  ["douyin", "websocket"],
  ["douyu", "websocket"],
  ["douyu", "tcp"],
  ["huya", "websocket"],
  ["kuaishou", "websocket"],
];
/** Ends what another way of misbehaving began. */
const ON_AIR = "on-air";
const SAY_MS = 100;
/** A room misbehaves this often on average. */
const MISBEHAVES_MS = 20_000;
const SAMPLE_MS = 15_000;
/** The longest wait of a room that was refused for good, and a bit. */
const CALM_MS = 150_000;
const CALM_LOOK_MS = 1_000;
/** What the first minutes take is not counted as growth. */
const WARM_SHARE = 0.2;

/** Least squares, per minute. */
function slopePerMinute(samples: readonly { readonly atMs: number; readonly value: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const atMean = mean(samples.map(({ atMs }) => atMs));
  const valueMean = mean(samples.map(({ value }) => value));
  const above = samples.reduce((sum, { atMs, value }) => sum + (atMs - atMean) * (value - valueMean), 0);
  const below = samples.reduce((sum, { atMs }) => sum + (atMs - atMean) ** 2, 0);
  return below > 0 ? (above / below) * 60_000 : 0;
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/**
 * Rooms of all platforms whose simulators misbehave at random, for so many minutes, then a calm in which each must come back.
 * `rssKibPerMinute`: growth of the process after the first fifth of the time.
 */
export async function benchSoak(minutes: number): Promise<object> {
  const rooms: RoomSimulator[] = [];
  const configs: object[] = [];
  for (const [index, [platform, transport]] of followed.entries()) {
    const id = String(21_452_505 + index);
    const simulator = simulators[platform](id);
    await simulator.listen(0);
    rooms.push(simulator);
    const config = simulatedRooms[platform](simulator, transport) as { id: string };
    // The name, where the platform has names, and the number for its second room.
    const byName = config.id !== "21452505" && transport === "websocket";
    configs.push({ platform, transport, ...config, id: byName ? config.id : id });
  }
  const child = fork(fileURLToPath(new URL("follower.ts", import.meta.url)), {
    execArgv: ["--expose-gc"],
    serialization: "advanced",
  });
  await once(child, "message");
  child.send({ rooms: configs });
  const sample = async (): Promise<SoakSample> => {
    const reply = once(child, "message");
    child.send("sample");
    return (await reply)[0];
  };
  const say = setInterval(() => {
    for (const room of rooms) room.say({ text: "弹幕弹幕", author: `n${Math.floor(Math.random() * 1e6)}` });
  }, SAY_MS);
  const misbehaved: Record<string, number> = {};
  const misbehave = setInterval(() => {
    const room = rooms[Math.floor(Math.random() * rooms.length)]!;
    // What happens to a room that nobody follows at the moment would wait for the follower, and add up.
    const ways = room.clients > 0 ? room.misbehaviours : room.misbehaviours.filter((how) => how === ON_AIR);
    const how = ways[Math.floor(Math.random() * ways.length)];
    if (!how) return;
    misbehaved[how] = (misbehaved[how] ?? 0) + 1;
    room.misbehave(how);
  }, MISBEHAVES_MS / rooms.length);
  const startMs = performance.now();
  const samples: (SoakSample & { readonly atMs: number })[] = [];
  const take = async () => {
    const one = { ...(await sample()), atMs: performance.now() - startMs };
    samples.push(one);
    return one;
  };
  try {
    while (performance.now() - startMs < minutes * 60_000) {
      await delay(Math.min(SAMPLE_MS, minutes * 60_000));
      await take();
    }
    clearInterval(misbehave);
    for (const room of rooms) if (room.misbehaviours.includes(ON_AIR)) room.misbehave(ON_AIR);
    const calmMs = performance.now();
    let last = await take();
    const stuck = () =>
      Object.entries(last.states).flatMap(([room, state]) => (state === "live" ? [] : [room]));
    while (stuck().length > 0 && performance.now() - calmMs < CALM_MS) {
      await delay(CALM_LOOK_MS);
      last = await take();
    }
    const warm = samples.filter(({ atMs }) => atMs > minutes * 60_000 * WARM_SHARE);
    const recoveries = samples.flatMap(({ recoveriesMs }) => recoveriesMs).toSorted((a, b) => a - b);
    const rounded = (value: number) => Math.round(value * 10) / 10;
    return {
      minutes,
      rooms: rooms.length,
      comments: last.received,
      misbehaved,
      reconnects: last.reconnects,
      stuck: stuck(),
      calmS: rounded((performance.now() - calmMs) / 1_000),
      recoveryS: {
        count: recoveries.length,
        p50: rounded(quantile(recoveries, 0.5) / 1_000),
        p95: rounded(quantile(recoveries, 0.95) / 1_000),
        max: rounded((recoveries.at(-1) ?? 0) / 1_000),
      },
      rssMib: [rounded((warm[0]?.rssKib ?? 0) / 1_024), rounded(last.rssKib / 1_024)],
      rssKibPerMinute: rounded(slopePerMinute(warm.map(({ atMs, rssKib }) => ({ atMs, value: rssKib })))),
      keptKibPerMinute: rounded(slopePerMinute(warm.map(({ atMs, keptKib }) => ({ atMs, value: keptKib })))),
    };
  } finally {
    clearInterval(say);
    clearInterval(misbehave);
    child.send("end");
    await once(child, "exit");
    for (const room of rooms) room.close();
  }
}
