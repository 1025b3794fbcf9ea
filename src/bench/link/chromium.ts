import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { serialize } from "node:v8";
import { mediaAddon } from "../../media/addon.ts";
import { start } from "../children.ts";
import { percentiles } from "../glass/messages.ts";
import { NamespaceBrowser, type Watched } from "./browser.ts";
import { LinkPair, type Side } from "./namespaces.ts";
import type { FromSender, Packing, SentReport, ToSender } from "./picture-sender.ts";

const FPS = 30;
const KBPS = 4_300;
const NOISE_BLOCKS = 1_500;
const SECONDS = 12;
const WARM_FRAMES = 2 * FPS;
const ROUNDS = 5;
/** The last one once only: it shows that nothing is gained by it. */
const PACKINGS = ["ours", "peer", "peer-paced"] as const;

interface Run {
  readonly packing: Packing;
  readonly steps: readonly string[];
  readonly seconds: number;
  /** Where a browser watches: `b` behind the link, `a` beside the sender. */
  readonly viewers: readonly Side[];
}

class PictureSender {
  readonly #child: ChildProcess;
  readonly #signals = new Map<number, (signal: object) => void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: FromSender) => {
      if (message.type === "signal") this.#signals.get(message.viewer)?.(message.signal);
    });
  }

  static async start(pair: LinkPair, packing: Packing, folder: string): Promise<PictureSender> {
    const module = new URL("picture-sender.ts", import.meta.url);
    const child = await start(module, [packing, folder], pair.run.bind(pair, "a"));
    return new PictureSender(child);
  }

  async addViewer(viewer: number, browser: NamespaceBrowser): Promise<() => Promise<Watched>> {
    const { signalIn, end } = await browser.watch((signal) => this.#tell({ type: "signal", viewer, signal }));
    this.#signals.set(viewer, signalIn);
    this.#tell({ type: "view", viewer });
    return end;
  }

  async report(): Promise<SentReport> {
    this.#tell({ type: "report" });
    for (;;) {
      const [message] = (await once(this.#child, "message")) as [FromSender];
      if (message.type === "report") return message;
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(message: ToSender) {
    if (this.#child.connected) this.#child.send(message);
  }
}

const rounded = (value: number) => Number(value.toFixed(2));
const median = (values: readonly number[]) => percentiles(values).p50;

/** One viewer's run: from an access unit handed over to the frame presented. */
function figures({ shown, received }: Watched, { sent, openedMs }: SentReport, viewer: number) {
  const sentMs = new Map(sent);
  const known = shown.filter(({ frame }) => sentMs.has(frame));
  const from = (known[0]?.frame ?? 0) + WARM_FRAMES;
  const warm = known.filter(({ frame }) => frame >= from);
  const latencies = warm.map(({ frame, atMs }) => atMs - sentMs.get(frame)!);
  const told = percentiles(warm.map(({ frame, toldMs }) => toldMs - sentMs.get(frame)!));
  const gaps = shown.slice(1).map(({ atMs }, i) => atMs - shown[i]!.atMs);
  const { p50: p50Ms, p95: p95Ms } = percentiles(latencies);
  const seconds = ((shown.at(-1)?.atMs ?? 0) - (shown[0]?.atMs ?? 0)) / 1_000;
  return {
    p50Ms,
    p95Ms,
    toldP50Ms: told.p50,
    toldP95Ms: told.p95,
    maxMs: rounded(Math.max(...latencies)),
    firstFrameMs: rounded((shown[0]?.atMs ?? Number.NaN) - openedMs[viewer]!),
    framesASecond: rounded(shown.length / seconds),
    longestGapMs: rounded(Math.max(...gaps)),
    notShown: (known.at(-1)?.frame ?? 0) + 1 - from - latencies.length,
    kbps: Math.round((received.bytesReceived * 8) / seconds / 1_000),
    ...received,
  };
}

export async function runChromium({ packing, steps, seconds, viewers }: Run, folder: string) {
  await using pair = await LinkPair.open({ steps });
  const sender = await PictureSender.start(pair, packing, folder);
  const browsers: NamespaceBrowser[] = [];
  try {
    for (const side of viewers) browsers.push(await NamespaceBrowser.launch(pair.names[side], folder));
    const ends = [];
    for (const [index, browser] of browsers.entries()) ends.push(await sender.addViewer(index + 1, browser));
    await delay(seconds * 1_000);
    const watched = await Promise.all(ends.map((end) => end()));
    const report = await sender.report();
    const rates = report.stats.slice(report.stats.length >> 1).flat();
    return {
      viewers: watched.map((one, index) => ({
        ...figures(one, report, index + 1),
        targetKbps: Math.round(
          median(rates.filter(({ viewer }) => viewer === index + 1).map(({ mediaKbps }) => mediaKbps)),
        ),
        queueP95Ms: percentiles(
          rates.filter(({ viewer }) => viewer === index + 1).map(({ queueMs }) => queueMs),
        ).p95,
      })),
      hopP95Ms: percentiles(report.hopsUs).p95 / 1_000,
    };
  } finally {
    sender.kill();
    for (const browser of browsers) await browser.close();
  }
}

type Figures = ReturnType<typeof figures>;

/** Each side's medians over its runs. */
function medians(runs: readonly Figures[]) {
  const of = (pick: (one: Figures) => number) => median(runs.map(pick));
  return {
    p50Ms: of(({ p50Ms }) => p50Ms),
    p95Ms: of(({ p95Ms }) => p95Ms),
    firstFrameMs: of(({ firstFrameMs }) => firstFrameMs),
    toldP50Ms: of(({ toldP50Ms }) => toldP50Ms),
    toldP95Ms: of(({ toldP95Ms }) => toldP95Ms),
    jitterBufferMs: of(({ jitterBufferMs }) => jitterBufferMs),
    notShown: of(({ notShown }) => notShown),
    runs: runs.map(({ p50Ms, p95Ms }) => [p50Ms, p95Ms]),
  };
}

/**
 * Chromium behind the emulated link: the very same access units through our pacer and through node-datachannel's own
 * packetizer (bare, and with its PacingHandler), one after the other.
 */
export async function benchChromium(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "feimu-chromium-"));
  try {
    const clip = mediaAddon().encodePhone({
      width: 1280,
      height: 720,
      fps: FPS,
      kbps: KBPS,
      frames: (SECONDS + 4) * FPS,
      noiseBlocks: NOISE_BLOCKS,
    });
    await writeFile(join(folder, "clip"), serialize(clip));
    const steps = ["0,20000,5,0,300"];
    const taken: Record<string, Figures[]> = { ours: [], peer: [], "peer-paced": [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const packing of PACKINGS.slice(0, round === 0 ? 3 : 2)) {
        const { viewers } = await runChromium(
          { packing, steps, seconds: SECONDS + 2, viewers: ["b"] },
          folder,
        );
        taken[packing]!.push(viewers[0]!);
      }
    }
    const ours = medians(taken.ours!);
    const peer = medians(taken.peer!);
    const whole = async (viewers: readonly Side[], ...link: readonly string[]) =>
      runChromium({ packing: "encoder", steps: link, seconds: SECONDS, viewers }, folder);
    const [beside, slow] = (await whole(["a", "b"], "0,2000,5,0,300")).viewers;
    return {
      ours,
      peer,
      peerPaced: medians(taken["peer-paced"]!),
      p95TimesPeer: rounded(ours.p95Ms / peer.p95Ms),
      withEncoder: await whole(["b"], ...steps),
      at3Mbps: await whole(["b"], "0,3000,5,0,300"),
      at2PercentLoss: await whole(["b"], "0,20000,5,2,300"),
      fastBesideSlow: { fast: beside, slow },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
