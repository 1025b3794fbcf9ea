import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BatteryArgumentError, describe, type LinkDescription } from "./battery.ts";
import { ADDRESSES, LinkPair } from "./namespaces.ts";

/** A phase as the link saw it, from 5 s after its step on. */
interface PeerPhase {
  readonly linkKbps: number;
  /** What came through, with IP headers and repair, and its share of min(link, source's maximum). */
  readonly receivedKbps: number;
  readonly share: number;
  /** In the network alone: what waits in the peer cannot be seen from outside. */
  readonly queueMs: {
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
    readonly maxSinceStep: number;
  };
  /** Share of its packets, by chance or since the queue was full. */
  readonly lost: number;
  /** Of getStats(), where the peer has it. */
  readonly rttMs?: number;
  readonly framesPerSecond?: number;
}

/** Each second of the run. */
interface Sample {
  readonly s: number;
  readonly frames: number;
  readonly rttMs: number;
}

interface Peer {
  /** Starts both ends; they go with `signal`. */
  start(
    pair: LinkPair,
    maxKbps: number,
    signal: AbortSignal,
  ): Promise<() => Promise<Omit<Sample, "s"> | undefined>>;
}

const SETTLE_S = 5;
const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** x264 at a fixed rate through rtpbin: nothing in it follows the link. */
const gstreamer: Peer = {
  async start(pair, maxKbps, signal) {
    try {
      execFileSync("gst-inspect-1.0", ["x264enc"], { stdio: "ignore" });
    } catch (cause) {
      const packages = "gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly";
      throw new Error(`GStreamer's x264enc is missing: apt-get install ${packages}`, { cause });
    }
    const caps = "application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96".replaceAll(
      " ",
      "",
    );
    const receiver = `rtpbin name=rtp latency=0 udpsrc port=5004 caps=${caps} ! rtp.recv_rtp_sink_0
      rtp. ! rtph264depay ! fakesink sync=false udpsrc port=5005 ! rtp.recv_rtcp_sink_0
      rtp.send_rtcp_src_0 ! udpsink host=${ADDRESSES.a} port=5007 sync=false async=false`;
    const sender = `rtpbin name=rtp videotestsrc is-live=true pattern=snow ! video/x-raw,width=640,height=360,framerate=30/1
      ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=${Math.round(maxKbps * 0.95)} vbv-buf-capacity=34 key-int-max=300
      ! rtph264pay mtu=1200 pt=96 ! rtp.send_rtp_sink_0 rtp.send_rtp_src_0 ! udpsink host=${ADDRESSES.b} port=5004
      rtp.send_rtcp_src_0 ! udpsink host=${ADDRESSES.b} port=5005 sync=false async=false udpsrc port=5007 ! rtp.recv_rtcp_sink_0`;
    const options = { stdio: ["ignore", "ignore", "inherit"], signal, killSignal: "SIGKILL" };
    for (const [side, pipeline] of [
      ["b", receiver],
      ["a", sender],
    ] as const) {
      const words = ["-q", ...pipeline.split(/\s+/)];
      pair.run(side, "gst-launch-1.0", words, options as object).on("error", () => {});
    }
    return async () => undefined;
  },
};

/** libwebrtc's GCC with real VP8 of 640×360. */
const wrtc: Peer = {
  async start(pair, maxKbps, signal) {
    try {
      createRequire(import.meta.url).resolve("@roamhq/wrtc");
    } catch (cause) {
      throw new Error("npm's @roamhq/wrtc is missing: npm ci installs it", { cause });
    }
    const script = fileURLToPath(new URL("wrtc.ts", import.meta.url));
    const start = (side: "a" | "b", ...words: string[]) => {
      const options = { stdio: ["pipe", "pipe", "inherit"], signal, killSignal: "SIGKILL" };
      const child = pair.run(side, process.execPath, [script, ...words], options as object);
      child.on("error", () => {});
      return child;
    };
    const lines = (child: ChildProcess) =>
      createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
    const sender = start("a", "send", String(Math.round(maxKbps)));
    const receiver = start("b", "receive");
    const [said, answered] = [lines(sender), lines(receiver)];
    const next = async (of: AsyncIterator<string>) => {
      const { value, done } = await of.next();
      if (done) throw new Error("an end of the WebRTC peer has ended; it says why on stderr");
      return value;
    };
    receiver.stdin?.write(`${await next(said)}\n`);
    sender.stdin?.write(`${await next(answered)}\n`);
    return async () => {
      receiver.stdin?.write("{}\n");
      return JSON.parse(await next(answered)) as Omit<Sample, "s">;
    };
  },
};

const peers: Readonly<Record<string, Peer>> = { gstreamer, wrtc };

function phasesOf(
  link: LinkDescription,
  trace: string,
  beginUs: number,
  samples: readonly Sample[],
): PeerPhase[] {
  const packets = trace
    .split("\n")
    .filter((line) => line.startsWith("forward,"))
    .map((line) => {
      const [, inUs, , bytes, queueUs, fate] = line.split(",");
      return { s: (Number(inUs) - beginUs) / 1e6, bytes: Number(bytes), ms: Number(queueUs) / 1e3, fate };
    });
  const steps = link.steps
    .filter((step) => !step.startsWith("back:"))
    .map((step) => step.split(",").map(Number));
  return steps.flatMap(([atS = 0, linkKbps = 0], index) => {
    const untilS = Math.min(link.seconds, steps[index + 1]?.[0] ?? link.seconds);
    const fromS = atS + SETTLE_S;
    if (untilS <= fromS) return [];
    const within = <Item extends { readonly s: number }>(items: readonly Item[], from: number) =>
      items.filter(({ s }) => s >= from && s < untilS);
    const settled = within(packets, fromS);
    const queue = settled.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const through = settled.filter(({ fate }) => fate === "delivered" || fate === "marked");
    const kbps = through.reduce((sum, { bytes }) => sum + bytes, 0) / 125 / (untilS - fromS);
    const said = within(samples, fromS);
    const [first, last] = [said[0], said.at(-1)];
    return [
      {
        linkKbps,
        receivedKbps: Math.round(kbps),
        share: kbps / Math.min(linkKbps, link.maxKbps),
        queueMs: {
          p50: percentile(queue, 0.5),
          p95: percentile(queue, 0.95),
          max: queue.at(-1) ?? 0,
          maxSinceStep: within(packets, atS).reduce((most, { ms }) => Math.max(most, ms), 0),
        },
        lost: 1 - through.length / Math.max(1, settled.length),
        ...(first &&
          last &&
          last.s > first.s && {
            rttMs: percentile(
              said.map(({ rttMs }) => rttMs).toSorted((a, b) => a - b),
              0.5,
            ),
            framesPerSecond: (last.frames - first.frames) / (last.s - first.s),
          }),
      },
    ];
  });
}

/** Another sender over the same link, between two namespaces in real time. `given`: of the scenario. */
export async function benchPeer(name: string, given: readonly string[]): Promise<object> {
  const peer = peers[name];
  if (!peer) {
    throw new BatteryArgumentError(`no peer ${name}; there are: ${Object.keys(peers).join(", ")}`);
  }
  const link = await describe(given);
  const folder = await mkdtemp(join(tmpdir(), "feimu-link-"));
  const trace = join(folder, "packets.csv");
  const ending = new AbortController();
  try {
    await using pair = await LinkPair.open({ steps: link.steps, trace });
    const beginNs = process.hrtime.bigint();
    const secondsNow = () => Number(process.hrtime.bigint() - beginNs) / 1e9;
    const ask = await peer.start(pair, link.maxKbps, ending.signal);
    const samples: Sample[] = [];
    while (secondsNow() < link.seconds) {
      const sample = await ask();
      if (sample) samples.push({ s: secondsNow(), ...sample });
      await sleep(Math.min(1_000, Math.max(0, link.seconds - secondsNow()) * 1e3));
    }
    ending.abort();
    await pair.close();
    return {
      peer: name,
      phases: phasesOf(link, await readFile(trace, "utf8"), Number(beginNs / 1000n), samples),
    };
  } finally {
    ending.abort();
    await rm(folder, { recursive: true });
  }
}
