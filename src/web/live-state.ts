import type { Words } from "../catalogue/states.ts";
import type { CleanSettings } from "../clean/judge.ts";
import type { Message } from "../rpc/proto.ts";

/** What of moderation is set beside the dial. */
export interface ModerationSettings {
  readonly safetyS: number;
  readonly unattended: boolean;
  readonly authorPer10s: number;
  readonly slowS: number;
}

/** A streaming platform, as the page offers it. */
export interface PlatformOffer {
  readonly name: string;
  readonly words: Words;
  /** Its rooms are called what the user likes. */
  readonly named: boolean;
  /** The user's own system: its address, transport and fields are asked for. */
  readonly own: boolean;
  /** The first one is the default. No schemes: nothing is connected to. */
  readonly transports: readonly { readonly name: string; readonly schemes: readonly string[] }[];
  /** What only the user has, and may enter. */
  readonly credentials: readonly {
    readonly name: string;
    readonly words: Words;
    readonly required: boolean;
  }[];
}

/** How the links to and from other boxes are set. */
export interface LinkSettings {
  readonly sinks: readonly {
    readonly to: string;
    readonly kbps: number;
    readonly oneWay: boolean;
    readonly keyed: boolean;
  }[];
  /** Of RTP. */
  readonly sources: readonly {
    readonly listen: string;
    readonly keyed: boolean;
    /** Somebody may send without keys. */
    readonly open: boolean;
  }[];
}

/** What the page shows, as it goes over the page's WebSocket. */
export interface LiveState {
  readonly name: string;
  readonly danmaku: Message;
  readonly clean: CleanSettings & ModerationSettings;
  /** The picture is covered, and all that comes is held. */
  readonly panic: boolean;
  /** feimu.v1.ModerationState, with `coming` as lines. */
  readonly moderation: Message;
  readonly platforms: readonly PlatformOffer[];
  readonly rooms: readonly Message[];
  /** The process that has sources and links tells nothing: how they are is not known. */
  readonly mediaAway: boolean;
  readonly sources: readonly Message[];
  /** feimu.v1.Link, once a second. */
  readonly links: readonly Message[];
  readonly linkSettings: LinkSettings;
  readonly viewers: number;
  /** What waits for the operator, oldest first. */
  readonly held: readonly CommentLine[];
  readonly marked: Marked;
  readonly stage: Message;
  readonly processes: readonly Message[];
  /** The process that ended again and again; empty: no safe mode. */
  readonly safeMode: string;
  readonly pin: string | undefined;
  /** How many devices are let in. */
  readonly sessions: number;
}

/** What operators said of comments. */
export interface Marked {
  /** Texts as they are kept, cut at 200 units. */
  readonly texts: readonly { readonly text: string; readonly label: string }[];
  /** Ids of lines in which what was found is fine. */
  readonly fine: readonly string[];
}

/** One line of the comment list. */
export interface CommentLine {
  readonly id: string;
  readonly platform: string;
  readonly kind: number;
  readonly timeMs: number;
  readonly author: string;
  /** The platform hid part of the name. */
  readonly masked: boolean;
  /** Above 0: what came in so many seconds is missing here. */
  readonly gapS: number;
  readonly authorId: string;
  readonly text: string;
  /** Part of it is dots. */
  readonly dotted: boolean;
  /** How often it was said. */
  readonly count: number;
  /** Why it is masked or held: "porn:2", or "approval". */
  readonly reasons: readonly string[];
  readonly colour: number;
  readonly gift: string;
  readonly price: string;
}

export type ServerMessage =
  /** What has changed now; `whole`: all of it, as it was when the page came, which may be a while ago. */
  | { readonly type: "state"; readonly state: Partial<LiveState>; readonly whole?: true }
  | { readonly type: "comments"; readonly lines: readonly CommentLine[] }
  | { readonly type: "count"; readonly id: string; readonly count: number }
  | { readonly type: "retract"; readonly ids: readonly string[] }
  | { readonly type: "signal"; readonly signal: Message };

export type ClientMessage =
  | { readonly type: "watch" }
  | { readonly type: "unwatch" }
  | { readonly type: "active" }
  | { readonly type: "signal"; readonly signal: Message };
