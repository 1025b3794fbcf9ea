import type { Rule, Span } from "../rules.ts";
import type { Hit } from "../scanner.ts";
import { headOf } from "./head.ts";
import type { TextRuleConfig } from "./rule-schema.ts";

/** A text with what the scan found of the rules' words in it. */
export interface TextSubject {
  readonly text: string;
  readonly hits: readonly Hit[];
  /** Where the expression of a rule occurs. */
  readonly found: (config: TextRuleConfig) => readonly Span[];
}

export interface TextMatch extends Span {
  /** What of the rule was found. */
  readonly word: string;
  readonly form: Hit["form"];
}

type Normalise = (text: string) => string;
type Neighbours = NonNullable<TextRuleConfig["require"]>;

const LETTER = /[\p{L}\p{N}]/u;
const BETWEEN = /[^\p{L}\p{N}\p{M}\p{Cf}]+/gu;
/** Characters of a disguise that may stand for one of a phrase. */
const DISGUISE = 4;

const before = (text: string, { start }: Span, count: number) =>
  text.slice(Math.max(0, start - count), start);
const after = (text: string, { end }: Span, count: number) => text.slice(end, end + count);

/** Whether any of the words, normalised, is in the `within` characters on one side of the span. */
function isBeside(text: string, span: Span, words: readonly string[], within: number, normalise: Normalise) {
  const sides = [before(text, span, within), after(text, span, within)].map(normalise);
  return words.some((word) => sides.some((side) => side.includes(word)));
}

/** Whether a phrase covers the span. */
function isWithin(text: string, span: Span, phrases: readonly string[], normalise: Normalise): boolean {
  const reach = Math.max(0, ...phrases.map((phrase) => phrase.length)) * DISGUISE;
  const left = normalise(before(text, span, reach));
  const middle = normalise(text.slice(span.start, span.end));
  const all = left + middle + normalise(after(text, span, reach));
  return phrases.some((phrase) => {
    for (let at = all.indexOf(phrase); at >= 0 && at <= left.length; at = all.indexOf(phrase, at + 1)) {
      if (at + phrase.length >= left.length + middle.length) return true;
    }
    return false;
  });
}

const joined = (left: string, right: string) =>
  (/[a-z]$/.test(left) && /^[a-z]/.test(right)) || (/\d$/.test(left) && /^\d/.test(right));

/** Whether the span is bounded as the rule wants. Letters in disguise are letters. */
function isBounded(text: string, span: Span, boundary: TextRuleConfig["boundary"], normalise: Normalise) {
  const { start, end } = span;
  if (boundary === "none") return true;
  if (boundary === "whole") return !LETTER.test(text.slice(0, start)) && !LETTER.test(text.slice(end));
  // Two units, as a styled letter has.
  const [left, right] = [normalise(before(text, span, 2)), normalise(after(text, span, 2))];
  const inside = normalise(text.slice(start, end));
  const touches = (unit = "") => /[\p{L}\p{N}\p{So}\p{Cs}]/u.test(unit);
  if (touches(text[start - 1]) && joined(left, inside)) return false;
  return !(touches(text[end]) && joined(inside, right));
}

const gapOf = (text: string) => Math.max(0, ...[...text.matchAll(BETWEEN)].map(([gap]) => [...gap].length));

/** The rule as it judges. Where it has words, it looks at their hits alone, so that a comment without any costs nothing. */
export function textRule(config: TextRuleConfig, normalise: Normalise): Rule<TextSubject, TextMatch> {
  const { words, expression, space, boundary, maxGap } = config;
  const own = new Set(words);
  const normalised = (list: readonly string[]) => list.map(normalise).filter((word) => word !== "");
  const allow = normalised(config.allow);
  const side = (neighbours: Neighbours | undefined) =>
    neighbours && { words: normalised(neighbours.words), within: neighbours.within };
  const require = side(config.require);
  const forbid = side(config.forbid);
  const isMeant = (text: string, hit: Hit) => {
    if (!own.has(hit.word)) return false;
    const found = text.slice(hit.start, hit.end);
    if (space === "raw" && found !== hit.word) return false;
    return (space !== "normalised" || hit.form !== "spoken") && gapOf(found) <= maxGap;
  };
  const stands = (text: string, span: Span) => {
    if (!isBounded(text, span, boundary, normalise)) return false;
    if (require && !isBeside(text, span, require.words, require.within, normalise)) return false;
    if (forbid && isBeside(text, span, forbid.words, forbid.within, normalise)) return false;
    return allow.length === 0 || !isWithin(text, span, allow, normalise);
  };
  return {
    ...headOf(config),
    find(subject) {
      const { text } = subject;
      const hits = own.size > 0 ? subject.hits.filter((hit) => isMeant(text, hit)) : [];
      if (expression === undefined) return hits.filter((hit) => stands(text, hit));
      if (own.size > 0 && hits.length === 0) return [];
      return subject
        .found(config)
        .filter((span) => stands(text, span))
        .map(({ start, end }) => ({ start, end, word: text.slice(start, end), form: "written" }));
    },
  };
}
