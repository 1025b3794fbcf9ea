import type { CleanText } from "../clean/clean-text.ts";
import type { Mode } from "../comments/comment.ts";
import { loadAddon } from "../host/addon.ts";
import type { EmotePicture } from "../media/emotes.ts";
import type { Card } from "./cards.ts";
import type { QrCode } from "./qr-code.ts";
import { rendererEnvironment } from "./renderer-environment.ts";

/** Who goes first where there is no room for all. */
export const Rank = { PAID: 0, HOST: 1, GUARD: 2, CHAT: 3 } as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

export interface StageComment {
  readonly id: string;
  /** Id of who said it, for retractions; may be "". */
  readonly author: string;
  readonly text: CleanText;
  /** 0xRRGGBB */
  readonly colour: number;
  readonly mode: Mode;
  readonly rank: Rank;
}

export interface DanmakuSettings {
  readonly enabled: boolean;
  readonly opacity: number;
  readonly area: number;
  readonly speed: number;
  readonly fontPx: number;
  readonly outline: boolean;
  readonly maxOnScreen: number;
  /** Refreshes before they are shown that comments are drawn; 0: one, or two after missed refreshes. */
  readonly depth: number;
}

export interface IdleContent extends QrCode {
  readonly name: CleanText;
  readonly address: CleanText;
  /** Empty: none stands on the display. */
  readonly pin: CleanText;
  readonly lines: readonly CleanText[];
}

export type NativeCard = Omit<Card, "code"> & QrCode;

/** The lit buffer: RGBA, the upper row first. */
export interface StagePicture {
  readonly width: number;
  readonly height: number;
  /** CLOCK_MONOTONIC, microseconds: since when it is lit. */
  readonly presentedUs: number;
  readonly rgba: Buffer;
}

/** One flip; times are CLOCK_MONOTONIC, microseconds, 0 where not known. */
export interface Presented {
  readonly sequence: number;
  readonly receivedUs: number;
  readonly decodedUs: number;
  readonly composeUs: number;
  readonly doneUs: number;
  readonly presentedUs: number;
  readonly comments: number;
  readonly rgba: Buffer;
}

export interface NativeStageStatus {
  readonly fps: number;
  readonly flips: number;
  /** Of the stage's own thread, one a refresh: stands still only when that thread does. */
  readonly turns: number;
  readonly missedFlips: number;
  readonly videoFrames: number;
  readonly commentsOnScreen: number;
  readonly commentsDropped: number;
  /** In force now, see DanmakuSettings. */
  readonly depth: number;
  readonly composeP95Ms: number;
  readonly idle: boolean;
  readonly covered: boolean;
  /** The picture is read where the decoder wrote it, not copied. */
  readonly imported: boolean;
  readonly renderer: string;
  /** "kms", or "headless", also while a controller has no display. */
  readonly backend: string;
  /** The display's, e.g. "HDMI-A-1"; empty without. */
  readonly connector: string;
  readonly width: number;
  readonly height: number;
  readonly refreshHz: number;
}

/** The display and the thread that draws on it. */
export interface NativeStage {
  addComment(comment: StageComment): void;
  /** The comment was said so often by now. */
  setCount(id: string, count: number): void;
  retractComment(id: string): void;
  retractAuthor(author: string): void;
  clearComments(): void;
  /** Covered: all comments go at once, and what setIdle gave hides the picture. */
  cover(covered: boolean): void;
  configure(settings: DanmakuSettings): void;
  setIdle(content: IdleContent): void;
  /** What a slot of the font of pictures shows from now on, 0 to 255. */
  setPicture(slot: number, picture: EmotePicture): void;
  /** All cards from now on. */
  setCards(cards: readonly NativeCard[]): void;
  snapshot(done: (picture: StagePicture) => void): void;
  /** Each flip from now on, with the pixels of a rectangle of the lit buffer. */
  observe(
    rectangle: { x: number; y: number; width: number; height: number },
    onPresented: (shown: Presented) => void,
  ): void;
  status(): NativeStageStatus;
  /** Safe to call twice. */
  close(): void;
}

export interface StageOptions {
  readonly width: number;
  readonly height: number;
  readonly refreshHz: number;
  /** Of a display controller: size and rate are a wish then. -1: headless. The caller keeps it open. */
  readonly displayDescriptor?: number;
  readonly videoSocket: string;
  readonly composedSocket: string;
}

/** Processor milliseconds a frame, all threads together. */
export interface StageCost {
  /** An empty stage. */
  readonly clearMs: number;
  /** The danmaku layer, beyond an empty stage. */
  readonly danmakuMs: number;
  /** Picture and comments. */
  readonly wholeMs: number;
  /** On the stage, on average. */
  readonly comments: number;
  /** Five comments over a picture that stands still, all drawn anew. */
  readonly stillWholeMs: number;
  /** The same, drawn only where it changed. */
  readonly stillPartsMs: number;
  /** From the newest picture to the GPU's end by the clock, comments drawn with it. */
  readonly atOnceMs: number;
  /** The same, comments drawn a refresh before. */
  readonly aheadMs: number;
}

/** What a burst of comments meets on a stage that has fifty already. */
export interface BurstCost {
  /** From the burst's begin to the refresh that shows it, of each that was paid for. */
  readonly paidMs: readonly number[];
  /** Not shown within two seconds. */
  readonly paidMissing: number;
  /** Chats of the burst that are on the stage then. */
  readonly chats: number;
}

interface StageAddon {
  /** Throws with `code` STAGE_NO_GL, STAGE_NO_FONT, STAGE_SHADER or STAGE_SOCKET. */
  readonly Stage: new (
    options: StageOptions,
  ) => NativeStage;
  /** Processor time a frame, ms. Blocks until it is done. */
  measure(options: { width: number; height: number; comments: number; frames: number }): StageCost;
  /** `atUs`: after the burst began. Blocks until it is done. */
  measureBurst(
    width: number,
    height: number,
    comments: readonly Pick<StageComment & { readonly atUs: number }, "id" | "text" | "rank" | "atUs">[],
  ): BurstCost;
}

/** Loads the stage's addon; the renderer reads its environment when it first draws. */
export function stageAddon(): StageAddon {
  for (const [name, value] of Object.entries(rendererEnvironment)) process.env[name] ??= value;
  return loadAddon<StageAddon>("stage");
}
