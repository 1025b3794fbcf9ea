import { type Author, type Comment, Kind } from "../../comments/comment.ts";
import type { Message } from "../../rpc/proto.ts";
import { base, type MessageContext } from "../message.ts";
import { long } from "./frames.ts";

const HIDDEN = 2;
const COMBO_LIVES_MS = 300_000;
const MAX_COMBOS = 4_096;

/** How many pieces a gift message adds to its combo, which the platform counts up in every message. */
export class Combos {
  readonly #combos = new Map<string, { readonly count: number; readonly atMs: number }>();

  added(key: string, comboCount: number, batchSize: number, nowMs: number): number {
    const last = key ? this.#combos.get(key) : undefined;
    const known = last && nowMs - last.atMs < COMBO_LIVES_MS ? last.count : undefined;
    if (key) {
      this.#combos.delete(key);
      this.#combos.set(key, { count: comboCount, atMs: nowMs });
      if (this.#combos.size > MAX_COMBOS) this.#combos.delete(this.#combos.keys().next().value ?? "");
    }
    if (known !== undefined) return Math.max(0, comboCount - known);
    return comboCount <= 1 ? Math.max(1, batchSize) : comboCount;
  }
}

export interface KuaishouContext extends MessageContext {
  /** Names of gifts by their number. */
  readonly gifts: ReadonlyMap<string, string>;
  readonly combos: Combos;
}

/** "1.2万", "10w+": undefined for what is no number. */
export function displayCount(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)([万w亿]?)\+?$/i.exec(text.trim());
  if (!found) return undefined;
  const unit = found[2] === "亿" ? 1e8 : found[2] ? 1e4 : 1;
  return Math.round(Number(found[1]) * unit);
}

function author(user: Message | null, state?: Message | null): Author {
  const person: Author = { id: user?.id ?? "", name: user?.name ?? "" };
  if (user?.avatar) person.avatarUrl = user.avatar;
  if (state?.assistantType) person.moderator = true;
  if (state?.nameplate?.name) {
    person.medal = state.nameplate.name;
    person.medalLevel = state.fansGroup?.level ?? 0;
  }
  return person;
}

const WHITE = 0xffffff;
const colourOf = (text: string) =>
  text && /^#?[0-9a-f]{6}$/i.test(text) ? Number.parseInt(text.slice(-6), 16) : WHITE;

function chat(feed: Message, context: KuaishouContext): Comment {
  const comment = base(Kind.CHAT, feed.id || context.nextId(), long(feed.time), context);
  comment.author = author(feed.user, feed.state);
  comment.text = feed.content;
  comment.colour = colourOf(feed.colour);
  return comment;
}

function gift(feed: Message, context: KuaishouContext): Comment | undefined {
  const { giftId, mergeKey, comboCount, batchSize } = feed;
  const count = context.combos.added(mergeKey, comboCount, batchSize, context.receivedMs);
  if (count === 0) return undefined;
  const id = String(giftId);
  return {
    ...base(Kind.GIFT, `gift:${feed.id || context.nextId()}`, long(feed.time), context),
    author: author(feed.user),
    gift: { id, name: context.gifts.get(id) ?? "", count },
  };
}

const named = (kind: Comment["kind"], prefix: string, feed: Message, context: KuaishouContext): Comment => ({
  ...base(kind, `${prefix}:${feed.id || context.nextId()}`, long(feed.time), context),
  author: author(feed.user),
});

/** How many watch, as the platform shows it; undefined when it shows nothing. */
export function watching(text: string, context: MessageContext): Comment | undefined {
  const online = displayCount(text);
  if (online === undefined) return undefined;
  return { ...base(Kind.ROOM_STATE, context.nextId(), 0, context), roomState: { online } };
}

/** All that a feed push tells. */
export function feedComments(push: Message, context: KuaishouContext): Comment[] {
  const comments: Comment[] = [];
  for (const feed of push.comments) if (feed.showType !== HIDDEN) comments.push(chat(feed, context));
  for (const feed of push.gifts) {
    const comment = gift(feed, context);
    if (comment) comments.push(comment);
  }
  for (const feed of push.likes) comments.push(named(Kind.LIKE, "like", feed, context));
  for (const feed of push.notices) {
    comments.push({ ...named(Kind.NOTICE, "notice", feed, context), text: feed.content });
  }
  for (const feed of push.shares) {
    comments.push({ ...named(Kind.NOTICE, "share", feed, context), text: "分享了直播间" });
  }
  const seen = watching(push.watchingCount, context);
  if (seen) comments.push(seen);
  return comments;
}

/** The streamer went away for a moment, or came back. */
export function presence(live: boolean, context: MessageContext): Comment {
  const text = live ? "主播回来了" : "主播暂时离开";
  return { ...base(Kind.NOTICE, context.nextId(), 0, context), text };
}
