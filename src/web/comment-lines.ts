import { cleanText, receivedClean, receivedCleanName } from "../clean/clean-text.ts";
import { Action, type Comment, Kind } from "../comments/comment.ts";
import type { CommentLine, ServerMessage } from "./live-state.ts";

/** What the list leaves out: they say nothing. */
const silent = new Set<number>([Kind.ROOM_STATE, Kind.ENTER, Kind.LIKE]);

const idOf = ({ platform, room, id }: Comment) => `${platform}:${room}:${id}`;

function priceText(comment: Comment): string {
  const { milli = 0, currency = "" } = comment.price ?? {};
  return milli > 0 ? `${(milli / 1000).toFixed(2).replace(/\.00$/, "")} ${currency}` : "";
}

function lineOf(comment: Comment): CommentLine | undefined {
  const text = receivedClean(comment);
  if (text === undefined || silent.has(comment.kind)) return undefined;
  return line(comment, text, receivedCleanName(comment) ?? "");
}

/** A comment that waits for the operator, who alone sees it. */
export const heldLine = (comment: Comment): CommentLine =>
  line(comment, cleanText(comment.text ?? ""), cleanText(comment.author?.name ?? ""));

/** A comment that flies in a moment (feimu.v1.Coming), and what is left of its time. */
export const comingLine = ({ comment, leftMs }: { comment: Comment; leftMs?: number }) => ({
  ...heldLine(comment),
  leftMs: leftMs ?? 0,
});

function line(comment: Comment, text: string, author: string): CommentLine {
  const { gift } = comment;
  return {
    id: idOf(comment),
    platform: comment.platform,
    kind: comment.kind,
    timeMs: comment.timeMs,
    author,
    masked: comment.author?.masked ?? false,
    gapS: comment.gapS ?? 0,
    authorId: comment.author?.id ? `${comment.platform}:${comment.room}:${comment.author.id}` : "",
    text,
    dotted: comment.verdict?.action === Action.MASK,
    count: 1,
    reasons: comment.verdict?.reasons ?? [],
    colour: comment.colour ?? 0xffffff,
    gift: gift?.name ? `${gift.name} × ${gift.count ?? 1}` : "",
    price: priceText(comment),
  };
}

/** The last comments for pages that open, and what to tell those that are open. */
export class CommentLines {
  readonly #capacity: number;
  #lines: CommentLine[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get all(): readonly CommentLine[] {
    return this.#lines;
  }

  /** The message for one comment of the stream; undefined when the page does not change. */
  take(comment: Comment): ServerMessage | undefined {
    if (comment.kind === Kind.RETRACT) return this.#retract(comment);
    if (comment.verdict?.foldedInto !== undefined) return this.#count(comment);
    const line = lineOf(comment);
    if (!line || this.#lines.some(({ id }) => id === line.id)) return undefined;
    this.#lines.push(line);
    if (this.#lines.length > this.#capacity) this.#lines.shift();
    return { type: "comments", lines: [line] };
  }

  #count({ platform, room, verdict }: Comment): ServerMessage | undefined {
    const id = `${platform}:${room}:${verdict?.foldedInto}`;
    const count = verdict?.count ?? 2;
    const at = this.#lines.findIndex((line) => line.id === id);
    const line = this.#lines[at];
    if (!line) return undefined;
    this.#lines[at] = { ...line, count };
    return { type: "count", id, count };
  }

  #retract({ platform, room, retraction }: Comment): ServerMessage {
    const scope = `${platform}:${room}:`;
    const ids = new Set((retraction?.commentIds ?? []).map((id) => scope + id));
    const authorId = retraction?.authorId ? scope + retraction.authorId : "";
    const taken = this.#lines.filter(
      (line) =>
        ids.has(line.id) ||
        (authorId !== "" && line.authorId === authorId) ||
        (retraction?.wholeRoom && line.id.startsWith(scope)),
    );
    this.#lines = this.#lines.filter((line) => !taken.includes(line));
    return { type: "retract", ids: taken.map(({ id }) => id) };
  }
}
