import { Action, type Author, type Comment, Kind } from "../comments/comment.ts";

declare const clean: unique symbol;
/** Text that can be drawn. Only this folder makes it. */
export type CleanText = string & { readonly [clean]: true };

/** Longest texts, in graphemes. */
export const MAX_TEXT = 100;
export const MAX_NAME = 24;

/** Nothing here needs work: ASCII, general CJK, kana, full-width forms. */
const PLAIN =
  /^[\x20-\x7e\u00b7\u2014\u2018-\u201d\u2026\u3000-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uff01-\uff5e]*$/;
/** Not \s: that has U+FEFF in it, which is no space. */
const SPACES = /[\t-\r\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
/**
 * Controls, lone surrogates, private use (no font has it), non-characters, and everything that Unicode
 * calls default-ignorable: zero-width, bidi controls, fillers, tags.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\u{fff9}-\u{fffb}]|(?!\p{M}|\u200d|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu;
/** A joiner, selector or tag counts only inside an emoji: a family, a flag of a region. */
const EMOJI =
  /\u{1f3f4}[\u{e0061}-\u{e007a}]{2,6}\u{e007f}|\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f\u20e3?)?(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?){0,7}|[0-9#*]\ufe0f\u20e3/gu;
const JOINERS = /[\u200d\u034f\u180b-\u180f\ufe00-\ufe0f\u{e0000}-\u{e01ef}]/gu;
/** Three marks a letter are enough for every living script; more climb over the neighbours' lanes. */
const STACKED = /(\p{M}{3})\p{M}+/gu;
/** More UTF-16 units a grapheme than any real one has (emoji tag flags: 14, families: 11). */
const UNITS_PER_GRAPHEME = 16;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

function outsideEmoji(text: string): string {
  let result = "";
  let end = 0;
  for (const match of text.matchAll(EMOJI)) {
    result += text.slice(end, match.index).replace(JOINERS, "") + match[0];
    end = match.index + match[0].length;
  }
  return result + text.slice(end).replace(JOINERS, "");
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let count = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (++count > maxLength) return text.slice(0, end);
    end = index + segment.length;
  }
  return text;
}

/**
 * One line of visible text of at most `maxLength` graphemes. Line breaks become spaces; controls, bidi
 * overrides, zero-width characters, lone surrogates and piles of combining marks go.
 */
export function cleanText(raw: string, { maxLength = MAX_TEXT }: { maxLength?: number } = {}): CleanText {
  if (raw.length <= maxLength && PLAIN.test(raw)) return raw.trim() as CleanText;
  // Bounds the work below, whatever the sender made; a little more than can be kept.
  const bounded = raw.slice(0, maxLength * UNITS_PER_GRAPHEME * 4);
  const visible = outsideEmoji(bounded.replace(SPACES, " ").replace(INVISIBLE, "")).replace(STACKED, "$1");
  // What stood between two spaces may be gone by now.
  return cut(visible.replace(/ {2,}/g, " ").trim(), maxLength)
    .slice(0, maxLength * UNITS_PER_GRAPHEME)
    .trimEnd()
    .toWellFormed() as CleanText;
}

const cleanName = (raw: string) => cleanText(raw, { maxLength: MAX_NAME });

/** Addresses and ids are not drawn, but carried and kept. */
const MAX_ADDRESS = 512;
const MAX_EMOTES = 32;

function cleanAuthor(author: Author): Author {
  return {
    ...author,
    ...(author.avatarUrl !== undefined && { avatarUrl: author.avatarUrl.slice(0, MAX_ADDRESS) }),
    ...(author.name !== undefined && { name: cleanName(author.name) }),
    ...(author.medal !== undefined && { medal: cleanName(author.medal) }),
  };
}

/** The comment with every drawable text cleaned and the verdict beside it: DROP when nothing is left to say. */
export function cleanComment(comment: Comment): Comment {
  const text = comment.text === undefined ? undefined : cleanText(comment.text);
  const says = comment.kind === Kind.CHAT || comment.kind === Kind.NOTICE;
  const empty = says && !text && !comment.emotes?.length && !comment.gapS;
  const cleaned: Comment = {
    ...comment,
    verdict: { action: empty ? Action.DROP : Action.SHOW, revision: 1, reasons: empty ? ["empty"] : [] },
  };
  if (text !== undefined) cleaned.text = text;
  if (comment.author) cleaned.author = cleanAuthor(comment.author);
  if (comment.emotes) {
    cleaned.emotes = comment.emotes.slice(0, MAX_EMOTES).map((emote) => ({
      ...emote,
      token: cleanText(emote.token),
      ...(emote.id !== undefined && { id: emote.id.slice(0, MAX_ADDRESS) }),
      ...(emote.url !== undefined && { url: emote.url.slice(0, MAX_ADDRESS) }),
    }));
  }
  if (comment.gift?.name !== undefined)
    cleaned.gift = { ...comment.gift, name: cleanName(comment.gift.name) };
  if (comment.roomState?.title !== undefined) {
    cleaned.roomState = { ...comment.roomState, title: cleanText(comment.roomState.title) };
  }
  return cleaned;
}

const readable = new Set<number | undefined>([Action.SHOW, Action.MASK, Action.FOLD]);
/** Whether its verdict lets it be read: as a whole, with dots, or as one more of the same. */
const isShown = ({ verdict }: Pick<Comment, "verdict">) => readable.has(verdict?.action);

/** For subscribers: the text of a comment that came with a verdict to show it; undefined when it must not be drawn. */
export function receivedClean(comment: Pick<Comment, "text" | "verdict">): CleanText | undefined {
  if (!isShown(comment)) return undefined;
  return (comment.text ?? "") as CleanText;
}

/** For subscribers: the author's name, under the same rule. */
export function receivedCleanName(comment: Pick<Comment, "author" | "verdict">): CleanText | undefined {
  if (!isShown(comment)) return undefined;
  return (comment.author?.name ?? "") as CleanText;
}
