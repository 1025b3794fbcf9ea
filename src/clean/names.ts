import type { Author } from "../comments/comment.ts";
import type { Profile } from "./policy.ts";

/** What stands for the names of authors. */
export const nameStyles = ["as-they-are", "masked", "numbered"] as const;
export type NameStyle = (typeof nameStyles)[number];

/** Where the operator chose none. */
export const usualNames: Readonly<Record<Profile, NameStyle>> = {
  bar: "as-they-are",
  esports: "as-they-are",
  exhibition: "as-they-are",
  classroom: "numbered",
};

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
const DOTS = "●●";

/** Four digits for an id, the same each time. */
function digitsOf(id: string): string {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return String(hash % 10_000).padStart(4, "0");
}

/** "观众 1234", the same for the same person. */
export const numbered = ({ id, name = "" }: Author): string => `观众 ${digitsOf(id ?? name)}`;

function initial(name: string): string {
  for (const { segment } of graphemes.segment(name)) return segment + DOTS;
  return "";
}

/** The author as their name may be shown; an unfit name is a number in any style. */
export function named(author: Author, style: NameStyle, isUnfit: (name: string) => boolean): Author {
  if (!author.name) return author;
  if (style === "numbered" || isUnfit(author.name)) return { ...author, name: numbered(author) };
  return style === "masked" ? { ...author, name: initial(author.name) } : author;
}
