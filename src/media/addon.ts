import { loadAddon } from "../host/addon.ts";
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

export interface ViewerOptions {
  readonly kbps: number;
  /** The stage's rate: bounds the size of one frame. */
  readonly fps: number;
  readonly ssrc: number;
  readonly payloadType: number;
  /** Id of the playout-delay header extension, 0 for none. */
  readonly playoutDelayId: number;
}

/** Sources, the switch between them, and the encoder for viewers; the work is done on native threads. */
export interface NativeMedia {
  /** In order of preference; what stays the same goes on undisturbed. */
  setSources(sources: readonly NativeSource[]): void;
  status(): NativeSourceStatus[];
  /** From now on each picture of the stage comes as a batch of ready RTP packets. Replaces the one before. */
  startViewers(options: ViewerOptions, onPackets: (packets: Buffer[]) => void): void;
  stopViewers(): void;
  /** How long the last batches of packets waited for JavaScript, microseconds. */
  viewerHops(): number[];
  forceIdr(): void;
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
  close(): void;
}

interface MediaAddon {
  readonly Media: new (options: { videoSocket: string; composedSocket: string }) => NativeMedia;
  readonly PhoneSender: new (options: PhoneSenderOptions) => NativePhoneSender;
  /** One picture of the sender, NV12; `width` a multiple of 64. */
  paintPhone(width: number, height: number, frame: number): Buffer;
  /** Whether a compound RTCP packet holds a PLI or FIR. */
  asksForKeyFrame(rtcp: Buffer): boolean;
}

export const mediaAddon = (): MediaAddon => loadAddon<MediaAddon>("media");
