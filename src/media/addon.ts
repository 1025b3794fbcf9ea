import type { LinkKeys } from "../box/config.ts";
import { loadAddon } from "../host/addon.ts";
import type { NativeSink } from "../sinks/sink.ts";
import type { NativeSource } from "../sources/source.ts";

/** State of one source; counters since it was opened. */
export interface NativeSourceStatus {
  readonly state: "waiting" | "live" | "frozen" | "failed";
  readonly onStage: boolean;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Access units that could not be decoded. */
  readonly dropped: number;
  readonly lostPackets: number;
  readonly malformed: number;
  readonly plis: number;
  /** Address that holds the source, or "". */
  readonly sender: string;
  readonly refused: readonly string[];
  /** Code in the catalogue, or "". */
  readonly failure: string;
}

/** One end of a link, feimu.v1.Link; what is not known is left out. */
export interface NativeLinkStatus {
  readonly role: "send" | "receive";
  readonly label: string;
  readonly state: string;
  readonly peer?: string;
  /** Code in the catalogue. */
  readonly failure?: string;
  readonly protected: boolean;
  readonly frames: number;
  readonly framesDropped: number;
  readonly keyRequests: number;
  readonly malformed: number;
  readonly forged: number;
  readonly replayed: number;
  readonly kbps?: number;
  readonly targetKbps?: number;
  readonly pacingKbps?: number;
  readonly rttMs?: number;
  readonly queueMs?: number;
  readonly loss?: number;
  readonly repaired?: number;
  readonly parity?: number;
  readonly encodeMs?: number;
  readonly sendMs?: number;
  readonly assembleMs?: number;
  readonly decodeMs?: number;
  readonly totalMs?: number;
}

export interface ViewerOptions {
  /** At most. */
  readonly kbps: number;
  /** The stage's rate: bounds the size of one frame. */
  readonly fps: number;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly payloadType: number;
  readonly rtxPayloadType: number;
  /** Ids of header extensions, 0 for none. */
  readonly playoutDelayId: number;
  readonly transportSequenceId: number;
}

/** Packets that may leave now. */
export interface ViewerPackets {
  readonly viewer: number;
  readonly packets: readonly Buffer[];
}

/** Of one viewer's own pacer and controller; counters since it came. */
export interface NativeViewerStats {
  readonly viewer: number;
  /** With IP, UDP and SRTP. */
  readonly bytes: number;
  readonly resent: number;
  readonly nacked: number;
  /** Packets that waited for too long. */
  readonly droppedUnsent: number;
  readonly keyRequests: number;
  readonly pacingKbps: number;
  /** What its path allows the encoder. */
  readonly mediaKbps: number;
  /** What does not drain between two pictures. */
  readonly queueMs: number;
  readonly rttMs: number;
  readonly state: string;
}

/** Sources, the switch between them, and the encoder for viewers; the work is done on native threads. */
export interface NativeMedia {
  /** In order of preference; what stays the same goes on undisturbed. */
  setSources(sources: readonly NativeSource[]): void;
  status(): NativeSourceStatus[];
  /** What stays the same goes on undisturbed. */
  setSinks(sinks: readonly NativeSink[]): void;
  /** Of the RTP sources, then of the RTP sinks, each in its order. */
  links(): NativeLinkStatus[];
  /** From now on the stage comes as ready RTP packets, paced for each viewer. Replaces the one before. */
  startViewers(options: ViewerOptions, onPackets: (packets: ViewerPackets) => void): void;
  /** Begins with a key frame. */
  addViewer(viewer: number): void;
  removeViewer(viewer: number): void;
  /** What a viewer's browser says of what it received: feedback, NACK, PLI. */
  viewerRtcp(viewer: number, rtcp: Buffer): void;
  stopViewers(): void;
  /** How long the last batches of packets waited for JavaScript, microseconds. */
  viewerHops(): number[];
  viewerStats(): NativeViewerStats[];
  /** Safe to call twice. */
  close(): void;
}

export interface PhoneSenderOptions {
  readonly host: string;
  readonly port: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly kbps?: number;
  /** Draws each frame's number into it (native/media/frame-code.h) and keeps its times. */
  readonly clock?: boolean;
  /** So many small blocks change in each picture: the encoder uses its rate up. */
  readonly noiseBlocks?: number;
  readonly keys?: LinkKeys;
}

/** CLOCK_MONOTONIC, microseconds. */
export interface FrameTiming {
  readonly frame: number;
  readonly captureUs: number;
  readonly encodedUs: number;
  readonly sentUs: number;
}

export interface NativePhoneSender {
  /** With `clock`: of all frames since the last call. */
  takeTimings(): FrameTiming[];
  /** Undefined once it is closed. */
  link(): NativeLinkStatus | undefined;
  close(): void;
}

/** The pacer alone, with pictures that are coded already; as `NativeMedia`'s, which has the encoder before it. */
export interface NativeViewerPacer {
  add(viewer: number): void;
  remove(viewer: number): void;
  rtcp(viewer: number, rtcp: Buffer): void;
  push(accessUnit: Buffer, key: boolean): void;
  stats(): NativeViewerStats[];
  /** Safe to call twice. */
  close(): void;
}

interface MediaAddon {
  readonly Media: new (options: { videoSocket: string; composedSocket: string }) => NativeMedia;
  readonly PhoneSender: new (options: PhoneSenderOptions) => NativePhoneSender;
  readonly ViewerPacer: new (
    options: ViewerOptions,
    onPackets: (packets: ViewerPackets) => void,
  ) => NativeViewerPacer;
  /** Access units of the sender's pictures with their numbers in them; blocks while it codes. */
  encodePhone(options: {
    width: number;
    height: number;
    fps: number;
    kbps: number;
    frames: number;
    noiseBlocks: number;
  }): { readonly data: Buffer; readonly key: boolean }[];
  /** One picture of the sender, NV12; `width` a multiple of 64. */
  paintPhone(width: number, height: number, frame: number): Buffer;
}

export const mediaAddon = (): MediaAddon => loadAddon<MediaAddon>("media");
