import { z } from "zod";
import { type CleanText, cleanText, MAX_NAME } from "../clean/clean-text.ts";
import { type Comment, Kind } from "../comments/comment.ts";

/** A line of a file of comments. */
export interface CommentLine {
  /** As it came. */
  readonly raw: string;
  readonly text: CleanText;
  /** What else it says, which goes through. */
  readonly rest: Record<string, unknown>;
  /** Its place among the others, under the line's number as its id; undefined: it says nothing of its time. */
  readonly comment: Comment | undefined;
}

const ms = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
interface Who {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}
const who = z.union([
  z.string().transform((name): Who => ({ name })),
  z.object({ id: z.string().optional(), name: z.string().optional() }).transform((author): Who => author),
]);
const label = z.union([z.string(), z.number()]).transform(String);
/** Named as in what subscribers and the page's download have. */
const placed = z.object({
  author: who.default({}),
  platform: label.default(""),
  room: label.default(""),
  timeMs: ms.optional(),
  receivedMs: ms.optional(),
});

/** The object of a line; undefined: somebody said something with a brace. */
function objectOf(line: string): (Record<string, unknown> & { text: string }) | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isOne = typeof value === "object" && value !== null && "text" in value;
    return isOne && typeof value.text === "string" ? { ...value, text: value.text } : undefined;
  } catch {
    return undefined;
  }
}

/** A text, or {"text": …} with more. `number`: from 1. */
export function readCommentLine(line: string, number: number): CommentLine {
  const { text: raw, ...rest } = objectOf(line) ?? { text: line };
  const { data } = placed.safeParse(rest);
  const receivedMs = data?.receivedMs ?? data?.timeMs;
  const text = cleanText(raw);
  if (!data || receivedMs === undefined) return { raw, text, rest, comment: undefined };
  const { platform, room, author, timeMs = receivedMs } = data;
  const { id, name = "" } = author;
  const known = id || name;
  return {
    raw,
    text,
    rest,
    comment: {
      id: String(number),
      platform,
      room,
      kind: Kind.CHAT,
      timeMs,
      receivedMs,
      text,
      ...(known && { author: { id: known, name: cleanText(name, { maxLength: MAX_NAME }) } }),
    },
  };
}
