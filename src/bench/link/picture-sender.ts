import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize } from "node:v8";
import {
  H264RtpPacketizer,
  PacingHandler,
  PeerConnection,
  RtcpNackResponder,
  RtcpSrReporter,
  RtpPacketizationConfig,
} from "node-datachannel";
import pino from "pino";
import { mediaAddon, type NativeViewerPacer, type NativeViewerStats } from "../../media/addon.ts";
import { Mailbox } from "../../media/mailbox.ts";
import {
  describeVideo,
  payloadType,
  playoutDelayId,
  ssrc,
  type ViewerMedia,
  Viewers,
} from "../../media/viewers.ts";
import type { Message } from "../../rpc/proto.ts";

/** What packs and paces: our own pacer, node-datachannel's chain, or the whole of the box's viewers with its encoder. */
export type Packing = "ours" | "peer" | "peer-paced" | "encoder";
export type ToSender =
  | { readonly type: "view"; readonly viewer: number }
  | { readonly type: "signal"; readonly viewer: number; readonly signal: Message }
  | { readonly type: "report" };
export type FromSender =
  | { readonly type: "signal"; readonly viewer: number; readonly signal: Message }
  | SentReport;
export interface SentReport {
  readonly type: "report";
  /** Number in the picture, and when it was handed over (with `encoder`: when it was raw), ms of CLOCK_MONOTONIC. */
  readonly sent: readonly (readonly [frame: number, atMs: number])[];
  /** When each viewer's track opened. */
  readonly openedMs: Readonly<Record<number, number>>;
  /** Each half second. */
  readonly stats: readonly (readonly NativeViewerStats[])[];
  readonly hopsUs: readonly number[];
}

const FPS = 30;
/** The scene alone is coded with a fraction of the rate. */
const NOISE_BLOCKS = 400;
const PEER_PACING_BPS = 20e6;
const PEER_PACING_MS = 1;
const RTP_PORT = 15_020;

const [packing = "", folder = ""] = process.argv.slice(2);
const tell = (message: FromSender) => process.send!(message);
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const log = pino({ level: "warn" });

const sent: [number, number][] = [];
const openedMs: Record<number, number> = {};
const stats: (readonly NativeViewerStats[])[] = [];
let hops = (): number[] => [];
let statsNow = (): NativeViewerStats[] => [];

/** Hands over one access unit a frame time, from the first one on, for as long as there are some. */
async function play(push: (accessUnit: Buffer, key: boolean) => void) {
  const clip = deserialize(await readFile(join(folder, "clip"))) as { data: Uint8Array; key: boolean }[];
  const begin = nowMs();
  const next = (frame: number) => {
    const unit = clip[frame];
    if (!unit) return;
    sent.push([frame, nowMs()]);
    push(Buffer.from(unit.data.buffer, unit.data.byteOffset, unit.data.byteLength), unit.key);
    setTimeout(() => next(frame + 1), Math.max(0, begin + ((frame + 1) * 1_000) / FPS - nowMs()));
  };
  next(0);
}

/** The viewers' pacer, with the clip instead of the encoder. */
function paced(): ViewerMedia {
  let pacer: NativeViewerPacer | undefined;
  return {
    startViewers(options, onPackets) {
      pacer = new (mediaAddon().ViewerPacer)({ ...options, fps: FPS }, onPackets);
      statsNow = () => pacer?.stats() ?? [];
    },
    stopViewers: () => pacer?.close(),
    addViewer(viewer) {
      openedMs[viewer] = nowMs();
      pacer?.add(viewer);
      play((accessUnit, key) => pacer?.push(accessUnit, key));
    },
    removeViewer: (viewer) => pacer?.remove(viewer),
    viewerRtcp: (viewer, rtcp) => pacer?.rtcp(viewer, rtcp),
  };
}

/** From raw pictures over loopback into a source, and what that shows to the viewers. */
function encoded(): ViewerMedia {
  const socket = join(folder, "video.sock");
  const media = new (mediaAddon().Media)({ videoSocket: socket, composedSocket: socket });
  media.setSources([{ kind: "rtp", host: "127.0.0.1", port: RTP_PORT, allow: [] }]);
  const phone = new (mediaAddon().PhoneSender)({
    host: "127.0.0.1",
    port: RTP_PORT,
    width: 640,
    height: 360,
    fps: FPS,
    kbps: 8_000,
    clock: true,
    noiseBlocks: NOISE_BLOCKS,
  });
  statsNow = () => media.viewerStats();
  hops = () => media.viewerHops();
  setInterval(() => {
    for (const { frame, captureUs } of phone.takeTimings()) sent.push([frame & 0xffff, captureUs / 1_000]);
  }, 500);
  return {
    startViewers: (options, onPackets) => media.startViewers(options, onPackets),
    stopViewers: () => media.stopViewers(),
    addViewer(viewer) {
      openedMs[viewer] = nowMs();
      media.addViewer(viewer);
    },
    removeViewer: (viewer) => media.removeViewer(viewer),
    viewerRtcp: (viewer, rtcp) => media.viewerRtcp(viewer, rtcp),
  };
}

/** node-datachannel's own packetizer, with the extensions that it can: playout delay, no transport-wide numbers. */
function peer(viewer: number, requests: Mailbox<Message>) {
  const connection = new PeerConnection("peer", { iceServers: [] });
  connection.onLocalDescription((sdp, type) => tell({ type: "signal", viewer, signal: { type, sdp } }));
  connection.onLocalCandidate((candidate, mid) =>
    tell({ type: "signal", viewer, signal: { type: "candidate", candidate, mid } }),
  );
  const track = connection.addTrack(describeVideo());
  const config = new RtpPacketizationConfig(ssrc, "feimu", payloadType, 90_000);
  config.playoutDelayId = playoutDelayId;
  config.playoutDelayMin = 0;
  config.playoutDelayMax = 0;
  const packetizer = new H264RtpPacketizer("StartSequence", config, 1_180);
  packetizer.addToChain(new RtcpSrReporter(config));
  packetizer.addToChain(new RtcpNackResponder());
  if (packing === "peer-paced") packetizer.addToChain(new PacingHandler(PEER_PACING_BPS, PEER_PACING_MS));
  track.setMediaHandler(packetizer);
  track.onOpen(() => {
    openedMs[viewer] = nowMs();
    play((accessUnit) => {
      config.timestamp = Math.round(nowMs() * 90) % 2 ** 32;
      track.sendMessageBinary(accessUnit);
    });
  });
  connection.setLocalDescription("offer");
  return (async () => {
    for await (const signal of requests.read(new AbortController().signal)) {
      if (signal.type === "answer") connection.setRemoteDescription(signal.sdp, "answer");
      else if (signal.candidate) connection.addRemoteCandidate(signal.candidate, signal.mid ?? "0");
    }
  })();
}

const media = packing === "ours" ? paced() : packing === "encoder" ? encoded() : undefined;
const viewers = media && new Viewers(media, log, () => FPS);
const requests = new Map<number, Mailbox<Message>>();

async function view(viewer: number) {
  const mailbox = new Mailbox<Message>();
  requests.set(viewer, mailbox);
  if (!viewers) return peer(viewer, mailbox);
  const { signal } = new AbortController();
  for await (const one of viewers.view(mailbox.read(signal), signal)) {
    tell({ type: "signal", viewer, signal: one });
  }
}

setInterval(() => stats.push(statsNow()), 500);
process.on("message", (message: ToSender) => {
  if (message.type === "view") view(message.viewer);
  else if (message.type === "signal") requests.get(message.viewer)?.push(message.signal);
  else process.send!({ type: "report", sent, openedMs, stats, hopsUs: hops() }, () => process.exit());
});
process.on("disconnect", () => process.exit());
process.send!("ready");
