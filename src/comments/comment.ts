/** Numbers of feimu.v1.Comment.Kind. */
export const Kind = {
  UNKNOWN: 0,
  CHAT: 1,
  GIFT: 2,
  SUPER_CHAT: 3,
  GUARD: 4,
  ENTER: 5,
  LIKE: 6,
  ROOM_STATE: 7,
  NOTICE: 8,
  RETRACT: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Numbers of feimu.v1.Comment.Mode. */
export const Mode = { SCROLL: 0, TOP: 1, BOTTOM: 2, REVERSE: 3 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** Numbers of feimu.v1.Verdict.Action. */
export const Action = { SHOW: 0, MASK: 1, FOLD: 2, HOLD: 3, DROP: 4 } as const;
export type Action = (typeof Action)[keyof typeof Action];

/** In the reasons of a comment that is back after an undo: it does not fly again. */
export const RESTORED = "restored";

/** Numbers of feimu.v1.Retraction.Source. */
export const RetractionSource = { PLATFORM: 0, OPERATOR: 1, RULE: 2 } as const;

export interface Author {
  id?: string;
  name?: string;
  masked?: boolean;
  guardLevel?: number;
  moderator?: boolean;
  medal?: string;
  medalLevel?: number;
  avatarUrl?: string;
}

export interface Emote {
  token: string;
  id?: string;
  url?: string;
  width?: number;
  height?: number;
}

export interface Verdict {
  action: Action;
  revision: number;
  reasons: string[];
  /** Id of the comment that this one repeats. */
  foldedInto?: string;
  /** How often it was said, this time included. */
  count?: number;
}

export interface Retraction {
  source: number;
  commentIds?: string[];
  authorId?: string;
  wholeRoom?: boolean;
}

export interface RoomState {
  live?: boolean;
  title?: string;
  watched?: number;
  online?: number;
}

/** feimu.v1.Comment as a plain object, as src/rpc gives and takes it. Absent fields are undefined. */
export interface Comment {
  id: string;
  platform: string;
  room: string;
  kind: Kind;
  /** Platform's clock, ms since 1970. */
  timeMs: number;
  /** Our clock, ms since 1970. */
  receivedMs: number;
  author?: Author;
  text?: string;
  emotes?: Emote[];
  /** 0xRRGGBB */
  colour?: number;
  mode?: Mode;
  price?: { milli: number; currency: string };
  gift?: { id?: string; name?: string; count?: number; months?: number };
  verdict?: Verdict;
  retraction?: Retraction;
  roomState?: RoomState;
  /** Super chat: how long the card stays, seconds. */
  durationS?: number;
  /** Notice: what came in so many seconds is missing. */
  gapS?: number;
  /** 1, 2, 3 … in its room, once it was published. */
  sequence?: number;
}
