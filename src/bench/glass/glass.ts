import { type ChildProcess, execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mediaAddon, type NativeSourceStatus } from "../../media/addon.ts";
import { type Launch, report, start } from "../children.ts";
import { describe } from "../link/battery.ts";
import { ADDRESSES, LinkPair, lateness } from "../link/namespaces.ts";
import { type DisplayReport, type PeerReport, percentiles, type SenderReport } from "./messages.ts";

const FPS = 30_000 / 1_001;
/** Frames of the first second are left out of percentiles: programs are still being compiled. */
const WARM_FRAMES = 30;
const PEER_PICTURES = 64;

interface Round {
  readonly width: number;
  readonly height: number;
  readonly refreshHz: number;
  readonly kbps: number;
  readonly seconds: number;
}

const part = (name: string) => new URL(name, import.meta.url);

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** What the pictures go through between sender and receiver. */
interface Way {
  /** The receiver's and the sender's address. */
  readonly host: string;
  readonly from: string;
  readonly port: number;
  readonly sender?: Launch;
  readonly receiver?: Launch;
}

const loopback = async (): Promise<Way> => ({ host: "127.0.0.1", from: "127.0.0.1", port: await freePort() });
const between = (pair: LinkPair): Way => ({
  host: ADDRESSES.b,
  from: ADDRESSES.a,
  port: 5_004,
  sender: pair.run.bind(pair, "a"),
  receiver: pair.run.bind(pair, "b"),
});

async function ours({ width, height, refreshHz, kbps, seconds }: Round, way: Way) {
  const folder = await mkdtemp(join(tmpdir(), "feimu-glass-"));
  const children: ChildProcess[] = [];
  try {
    const receiver = await start(part("receiver.ts"), [folder, way.host, way.from, way.port], way.receiver);
    children.push(receiver);
    const display = await start(part("display.ts"), [folder, width, height, refreshHz]);
    children.push(display);
    const sender = await start(part("sender.ts"), [way.host, way.port, width, height, FPS, kbps], way.sender);
    children.push(sender);
    await delay(seconds * 1_000);
    const sent = await report<SenderReport>(sender);
    await delay(200);
    const shown = await report<DisplayReport>(display);
    const received = await report<NativeSourceStatus>(receiver);
    return evaluate(sent, shown, received);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

function evaluate(sent: SenderReport, shown: DisplayReport, received: NativeSourceStatus) {
  const timings = new Map(sent.map((timing) => [timing.frame, timing]));
  const stages = { encode: [], network: [], decode: [], wait: [] } as Record<string, number[]>;
  const whole: number[] = [];
  const path: number[] = [];
  for (const seen of shown.seen) {
    const timing = timings.get(seen.frame);
    if (!timing || seen.frame < WARM_FRAMES) continue;
    const ms = (from: number, to: number) => (to - from) / 1000;
    whole.push(ms(timing.captureUs, seen.presentedUs));
    path.push(ms(timing.captureUs, seen.decodedUs));
    stages.encode!.push(ms(timing.captureUs, timing.encodedUs));
    stages.network!.push(ms(timing.encodedUs, seen.receivedUs));
    stages.decode!.push(ms(seen.receivedUs, seen.decodedUs));
    stages.wait!.push(ms(seen.decodedUs, seen.composeUs) + ms(seen.doneUs, seen.presentedUs));
  }
  const first = shown.seen[0];
  const numbers = new Set(shown.seen.map(({ frame }) => frame));
  const { p50: p50Ms, p95: p95Ms } = percentiles(whole);
  return {
    p50Ms,
    p95Ms,
    pathP95Ms: percentiles(path).p95,
    firstFrameMs: first ? Number(((first.presentedUs - first.receivedUs) / 1000).toFixed(1)) : Number.NaN,
    frames: sent.length,
    dropped: sent.filter(({ frame }) => !numbers.has(frame)).length,
    lostPackets: received.lostPackets,
    stages: {
      ...Object.fromEntries(Object.entries(stages).map(([name, values]) => [name, percentiles(values)])),
      compose: percentiles(shown.composeMs),
    },
    comments: shown.comments,
    missedFlips: shown.missedFlips,
  };
}

async function peer({ width, height, kbps, seconds }: Round): Promise<PeerReport | undefined> {
  const { paintPhone } = mediaAddon();
  const pictures = join("/dev/shm", `feimu-glass-${process.pid}`);
  try {
    await writeFile(
      pictures,
      Buffer.concat(Array.from({ length: PEER_PICTURES }, (_, frame) => paintPhone(width, height, frame))),
    );
    const { stdout } = await promisify(execFile)("/usr/bin/python3", [
      fileURLToPath(part("peer.py")),
      pictures,
      ...[width, height, PEER_PICTURES, FPS, kbps, seconds, await freePort()].map(String),
    ]);
    return JSON.parse(stdout);
  } catch (error) {
    process.stderr.write(
      `the peer does not run (apt-get install python3-gi gir1.2-gst-plugins-base-1.0): ${error instanceof Error ? error.message : error}\n`,
    );
    return undefined;
  } finally {
    await rm(pictures, { force: true });
  }
}

/** The peer while our stage composes beside it, as it does in our own measurement: the same load on the same cores. */
async function busyPeer(options: Round): Promise<PeerReport | undefined> {
  const { width, height, refreshHz } = options;
  const folder = await mkdtemp(join(tmpdir(), "feimu-glass-"));
  const receiver = await start(part("receiver.ts"), [folder, "", "", 0, width, height]);
  const display = await start(part("display.ts"), [folder, width, height, refreshHz]);
  try {
    return await peer(options);
  } finally {
    receiver.kill("SIGKILL");
    display.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

/** The peer before and after ours, so that a machine that becomes slower is not taken for a result. */
async function round(options: Round): Promise<object> {
  const short = { ...options, seconds: 15 };
  const before = await peer(short);
  const own = await ours(options, await loopback());
  const after = await peer(short);
  const beside = await busyPeer(short);
  const figures = (...reports: (PeerReport | undefined)[]) => {
    const { p50, p95 } = percentiles(reports.flatMap((one) => one?.latenciesMs.slice(WARM_FRAMES) ?? []));
    const firstFrameMs = Number((reports[0]?.firstFrameMs ?? Number.NaN).toFixed(1));
    return { p50Ms: p50, p95Ms: p95, firstFrameMs, timesPeer: Number((own.pathP95Ms / p95).toFixed(2)) };
  };
  return {
    ...own,
    peer: before && figures(before, after),
    peerBesideStage: beside && figures(beside),
    p95AtMostMs: Number(
      (own.pathP95Ms + 1000 / options.refreshHz + 1.2 * (own.stages.compose?.p95 ?? 0)).toFixed(2),
    ),
  };
}

/** Over loopback, through the battery's `lan` between two network namespaces (root only) and over loopback again: what the link alone adds. */
async function lan(options: Round): Promise<object> {
  const before = await ours(options, await loopback());
  const { steps } = await describe(["--scenario", "lan"]);
  await using pair = await LinkPair.open({ steps });
  const own = await ours(options, between(pair));
  const after = await ours(options, await loopback());
  const link = await pair.close();
  const beside = (before.p95Ms + after.p95Ms) / 2;
  return {
    ...own,
    loopback: [before, after].map(({ p50Ms, p95Ms, pathP95Ms }) => ({ p50Ms, p95Ms, pathP95Ms })),
    p95OverLoopbackMs: Number((own.p95Ms - beside).toFixed(2)),
    emulator: lateness(link),
  };
}

/**
 * From a raw picture to the display, beside GStreamer from the same raw pictures to decoded ones. Sender, receiver
 * and stage are processes of their own; the frame's number is read out of the lit buffer.
 */
export async function benchGlass(): Promise<object> {
  const small = { width: 1280, height: 720, refreshHz: 60, kbps: 4_000 };
  return {
    "720p": await round({ ...small, seconds: 60 }),
    "720p through a LAN": await lan({ ...small, seconds: 30 }),
    "1080p": await round({ width: 1920, height: 1080, refreshHz: 30, kbps: 8_000, seconds: 20 }),
  };
}
