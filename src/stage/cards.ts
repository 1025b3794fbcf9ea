import type { Config } from "../box/config.ts";
import type { Language } from "../catalogue/states.ts";
import { type CleanText, cleanText, receivedClean, receivedCleanName } from "../clean/clean-text.ts";
import { type Comment, Kind } from "../comments/comment.ts";
import { takenBackBy } from "../comments/held.ts";
import { endMs } from "../comments/pinned.ts";
import { type IdleScreen, invitation } from "./idle-content.ts";

/** Numbers of the native stage. */
export const Place = { LOWER_LEFT: 0, LOWER_RIGHT: 1, UPPER_RIGHT: 2, UPPER_CENTRE: 3 } as const;

/** Something that stands on the stage for a while. */
export interface Card {
  readonly place: (typeof Place)[keyof typeof Place];
  /** 0xRRGGBB of its panel. */
  readonly colour: number;
  /** Small, one line. */
  readonly title: CleanText;
  /** Lines break only between them. */
  readonly words: readonly CleanText[];
  /** Of the words, 1: as usual. */
  readonly size?: number;
  /** Share of its time that is left, 0..1. */
  readonly left?: number;
  /** In its QR code. */
  readonly code?: string;
  /** Stands only while there is a picture. */
  readonly overPicture?: boolean;
}

type Settings = Pick<Config["danmaku"], "enabled" | "superChats" | "gifts" | "guards" | "enters">;

const MOST_SUPER_CHATS = 3;
const MOST_GIFTS = 4;
const GIFT_MS = 8_000;
const GUARD_MS = 8_000;
const ENTER_MS = 4_000;
/** Banners that wait for the one before; the oldest go. */
const MOST_GUARDS = 8;
/** Steps in which a card's time is shown: each is a frame to draw. */
const LEFT_STEPS = 100;
const LONGEST_WORD = 12;

const dark = 0x0b0d18;
const gold = 0x7a5a12;
/** From a price in thousandths of the currency's unit: the colour of its tier. */
const tiers = [
  [2_000_000, 0x9c1a32],
  [1_000_000, 0xc9343c],
  [500_000, 0xd2691e],
  [100_000, 0xd9a520],
  [50_000, 0x2f7f9e],
  [0, 0x2a60b2],
] as const;

const words = {
  gift: { en: (name: string) => `sends ${name}`, zh: (name: string) => `送出 ${name}` },
  guard: { en: (name: string) => `joined: ${name}`, zh: (name: string) => `开通 ${name}` },
  guardName: { en: "the guard", zh: "大航海" },
  enter: { en: "came in", zh: "进入直播间" },
  somebody: { en: "Somebody", zh: "神秘观众" },
} as const;

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
/** What must not begin a line. */
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}~～]/u;

/** The pieces of a text between which a line may break. */
export function breakable(text: CleanText): CleanText[] {
  const pieces: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const long = segment.length > LONGEST_WORD;
    const parts = long ? Array.from(graphemes.segment(segment), (part) => part.segment) : [segment];
    for (const part of parts) {
      if (CLOSING.test(part) && pieces.length > 0) pieces[pieces.length - 1] += part;
      else pieces.push(part);
    }
  }
  return pieces as CleanText[];
}

function priceText({ price }: Comment): string {
  const units = (price?.milli ?? 0) / 1_000;
  if (units <= 0) return "";
  const shown = Number.isInteger(units) ? String(units) : units.toFixed(2);
  return price?.currency === "CNY" ? `¥${shown}` : `${shown} ${price?.currency ?? ""}`;
}

interface GiftLine {
  readonly comment: Comment;
  count: number;
  untilMs: number;
}

/** Decides which cards stand on the stage: what rooms send besides chat, the code for guests, the PIN. */
export class Cards {
  readonly #language: Language;
  #settings: Settings;
  #screen: IdleScreen = {};
  #pinned: readonly Comment[] = [];
  readonly #gifts = new Map<string, GiftLine>();
  #guards: { readonly comment: Comment; untilMs: number }[] = [];
  #entered: { readonly comment: Comment; readonly untilMs: number } | undefined;

  constructor(settings: Settings, language: Language) {
    this.#settings = settings;
    this.#language = language;
  }

  configure(settings: Settings): void {
    this.#settings = settings;
  }

  /** Super chats stand on cards, and do not fly. */
  get pins(): boolean {
    return this.#settings.enabled && this.#settings.superChats;
  }

  /** The PIN and the code for guests. */
  setScreen(screen: IdleScreen): void {
    this.#screen = screen;
  }

  /** The super chats that stand now, oldest first. */
  setPinned(pinned: readonly Comment[]): void {
    this.#pinned = pinned;
  }

  /** Forgets all that rooms sent. */
  clear(): void {
    this.#pinned = [];
    this.#gifts.clear();
    this.#guards = [];
    this.#entered = undefined;
  }

  /** Looks at one message of the comment stream. */
  take(comment: Comment, nowMs: number): void {
    if (comment.kind === Kind.RETRACT) {
      this.#takeBack(comment);
      return;
    }
    if (receivedClean(comment) === undefined) return;
    switch (comment.kind) {
      case Kind.GIFT:
        this.#takeGift(comment, nowMs);
        break;
      case Kind.GUARD:
        this.#guards.push({ comment, untilMs: 0 });
        if (this.#guards.length > MOST_GUARDS) this.#guards.shift();
        break;
      case Kind.ENTER:
        this.#entered = { comment, untilMs: nowMs + ENTER_MS };
        break;
    }
  }

  /** One line a sender and gift: what comes while it stands is added. */
  #takeGift(comment: Comment, nowMs: number): void {
    const { platform, room, author, gift } = comment;
    if (!gift?.name) return;
    const key = [platform, room, author?.id || author?.name, gift.id || gift.name].join("/");
    const count = gift.count ?? 1;
    const line = this.#gifts.get(key) ?? { comment, count: 0, untilMs: 0 };
    if (line.untilMs <= nowMs) line.count = 0;
    line.count += count;
    line.untilMs = nowMs + GIFT_MS;
    this.#gifts.delete(key);
    this.#gifts.set(key, line);
    const [oldest] = this.#gifts.keys();
    if (this.#gifts.size > MOST_GIFTS && oldest !== undefined) this.#gifts.delete(oldest);
  }

  #takeBack(retraction: Comment): void {
    const isTaken = takenBackBy(retraction);
    this.#pinned = this.#pinned.filter((comment) => !isTaken(comment));
    for (const [key, { comment }] of this.#gifts) if (isTaken(comment)) this.#gifts.delete(key);
    this.#guards = this.#guards.filter(({ comment }) => !isTaken(comment));
    if (this.#entered && isTaken(this.#entered.comment)) this.#entered = undefined;
  }

  /** All cards that stand now; those of a place from its edge on. */
  at(nowMs: number): Card[] {
    const { enabled, gifts, guards, enters } = this.#settings;
    return [
      ...this.#screenCards(),
      ...(this.pins ? this.#superChatCards(nowMs) : []),
      ...(enabled && gifts ? this.#giftCards(nowMs) : []),
      ...(enabled && enters ? this.#enterCards(nowMs) : []),
      ...(enabled && guards ? this.#guardCards(nowMs) : []),
    ];
  }

  #screenCards(): Card[] {
    const { pin = "", address = "", guestAddress = "" } = this.#screen;
    const cards: Card[] = [];
    const clean = (text: string) => cleanText(text, { maxLength: 80 });
    if (pin) {
      cards.push({
        place: Place.UPPER_RIGHT,
        colour: dark,
        title: clean(`PIN · ${address}`),
        // Read and typed more surely in two parts.
        words: [clean(pin.replace(/^(\d{4})(\d{4})$/, "$1 $2"))],
        size: 1.9,
        overPicture: true,
      });
    }
    if (guestAddress) {
      cards.push({
        place: Place.LOWER_RIGHT,
        colour: dark,
        title: clean(invitation[this.#language]),
        words: [],
        code: guestAddress,
        overPicture: true,
      });
    }
    return cards;
  }

  #nameOf(comment: Comment): string {
    return receivedCleanName(comment) || words.somebody[this.#language];
  }

  /** The dearest stand longest in sight: nearest to the edge, the newest first among equals. */
  #superChatCards(nowMs: number): Card[] {
    const milli = ({ price }: Comment) => price?.milli ?? 0;
    return this.#pinned
      .filter((comment) => endMs(comment) > nowMs)
      .toReversed()
      .toSorted((one, other) => milli(other) - milli(one))
      .slice(0, MOST_SUPER_CHATS)
      .map((comment) => ({
        place: Place.LOWER_LEFT,
        colour: tiers.find(([from]) => milli(comment) >= from)?.[1] ?? dark,
        title: cleanText([this.#nameOf(comment), priceText(comment)].filter(Boolean).join(" · ")),
        words: breakable(receivedClean(comment) ?? cleanText("")),
        left:
          Math.ceil(((endMs(comment) - nowMs) / (endMs(comment) - comment.receivedMs)) * LEFT_STEPS) /
          LEFT_STEPS,
      }));
  }

  #giftCards(nowMs: number): Card[] {
    for (const [key, { untilMs }] of this.#gifts) if (untilMs <= nowMs) this.#gifts.delete(key);
    return [...this.#gifts.values()].map(({ comment, count }) => {
      const sent = words.gift[this.#language](comment.gift?.name ?? "");
      const title = cleanText(`${this.#nameOf(comment)} ${sent} × ${count}`);
      return { place: Place.LOWER_LEFT, colour: dark, title, words: [] };
    });
  }

  #enterCards(nowMs: number): Card[] {
    if (!this.#entered || this.#entered.untilMs <= nowMs) return [];
    const title = cleanText(`${this.#nameOf(this.#entered.comment)} ${words.enter[this.#language]}`);
    return [{ place: Place.LOWER_LEFT, colour: dark, title, words: [] }];
  }

  /** One after the other. */
  #guardCards(nowMs: number): Card[] {
    const [first] = this.#guards;
    if (first && first.untilMs !== 0 && first.untilMs <= nowMs) this.#guards.shift();
    const shown = this.#guards[0];
    if (!shown) return [];
    shown.untilMs ||= nowMs + GUARD_MS;
    const { comment } = shown;
    const what = comment.gift?.name || words.guardName[this.#language];
    const text = cleanText(`${this.#nameOf(comment)} ${words.guard[this.#language](what)}`);
    return [{ place: Place.UPPER_CENTRE, colour: gold, title: cleanText(""), words: breakable(text) }];
  }
}
