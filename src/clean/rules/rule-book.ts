import type { Comment } from "../../comments/comment.ts";
import { type Applied, apply, type Rule, type Span } from "../rules.ts";
import type { Hit } from "../scanner.ts";
import { AuthorPace } from "./author-pace.ts";
import { type CommentContext, type ContextMatch, contextRule, counts } from "./context-rule.ts";
import { Expressions } from "./expressions.ts";
import type { RuleConfig, TextRuleConfig } from "./rule-schema.ts";
import { type TextMatch, type TextSubject, textRule } from "./text-rule.ts";

type Judging = Rule<TextSubject, TextMatch>;
interface Kept {
  readonly config: TextRuleConfig;
  readonly rule: Judging;
}
type Spans = ReadonlyMap<string, readonly Span[]>;

const isRaw = ({ space }: TextRuleConfig) => space === "raw";

/** Rules by what has to be there for them to apply. */
function grouped(kept: readonly Kept[], keysOf: (config: TextRuleConfig) => readonly string[]) {
  const groups = new Map<string, Judging[]>();
  for (const { config, rule } of kept) {
    for (const key of keysOf(config)) {
      const group = groups.get(key);
      if (group) group.push(rule);
      else groups.set(key, [rule]);
    }
  }
  return groups;
}

/** Rules with expressions that look at texts in one way: as they are, or without disguise. */
class Searched {
  readonly #normalised: boolean;
  readonly #expressions: Expressions;
  readonly #rules: ReadonlyMap<string, readonly Judging[]>;

  constructor(kept: readonly Kept[], normalised: boolean) {
    const patternsOf = ({ expression }: TextRuleConfig) => (expression === undefined ? [] : [expression]);
    this.#normalised = normalised;
    this.#rules = grouped(kept, patternsOf);
    this.#expressions = new Expressions([...this.#rules.keys()]);
  }

  get any(): boolean {
    return this.#rules.size > 0;
  }

  find(text: string): Spans {
    return this.#expressions.find(text, this.#normalised);
  }

  /** The rules whose expressions were found. */
  of(found: Spans): Judging[] {
    return [...found.keys()].flatMap((pattern) => this.#rules.get(pattern) ?? []);
  }
}

/** The operator's rules that are switched on, ready to judge. Their words go into the scan of all lists. */
export class RuleBook {
  /** Of all rules, each once. */
  readonly words: readonly string[];
  readonly #byWord: ReadonlyMap<string, readonly Judging[]>;
  readonly #raw: Searched;
  readonly #normalised: Searched;
  /** Of rules that have words, too: looked for where one of these was found. */
  readonly #besideRaw: Searched;
  readonly #besideNormalised: Searched;
  readonly #context: readonly Rule<CommentContext, ContextMatch>[];
  readonly #counts: boolean;
  readonly #pace: AuthorPace;
  readonly #normalise: (text: string) => string;

  /** `pace` goes on from an earlier book. */
  constructor(
    rules: readonly RuleConfig[],
    normalise: (text: string) => string,
    pace: AuthorPace = new AuthorPace(),
  ) {
    const on = rules.filter(({ enabled }) => enabled);
    const text = on.filter((rule) => rule.kind === "text");
    const context = on.filter((rule) => rule.kind === "context");
    this.words = [...new Set(text.flatMap(({ words }) => words))];
    const kept = text.map((config) => ({ config, rule: textRule(config, normalise) }));
    this.#byWord = grouped(kept, ({ words }) => words);
    const searched = (raw: boolean, withWords: boolean) =>
      new Searched(
        kept.filter(({ config }) => isRaw(config) === raw && config.words.length > 0 === withWords),
        !raw,
      );
    this.#raw = searched(true, false);
    this.#normalised = searched(false, false);
    this.#besideRaw = searched(true, true);
    this.#besideNormalised = searched(false, true);
    this.#context = context.map(contextRule);
    this.#counts = context.some(counts);
    this.#pace = pace;
    this.#normalise = normalise;
  }

  /** Whether there are expressions that texts without any of the words are searched for, too. */
  get looksAtAll(): boolean {
    return this.#raw.any || this.#normalised.any;
  }

  /** Whether anything but lists decides what is found in a text. */
  get looksAtTexts(): boolean {
    return this.looksAtAll || this.words.length > 0;
  }

  /** What applies to a text, given the hits of the rules' words in it. Rules of which nothing was found are not asked. */
  find(text: string, hits: readonly Hit[], nowMs: number): Applied<TextSubject, TextMatch>[] {
    const raw = this.#raw.find(text);
    const normalised = this.#normalised.find(text);
    const asked = new Set([...this.#raw.of(raw), ...this.#normalised.of(normalised)]);
    for (const { word } of hits) for (const rule of this.#byWord.get(word) ?? []) asked.add(rule);
    if (asked.size === 0) return [];
    let besideRaw: Spans | undefined;
    let besideNormalised: Spans | undefined;
    const spansOf = (config: TextRuleConfig): Spans => {
      if (config.words.length === 0) return isRaw(config) ? raw : normalised;
      if (isRaw(config)) {
        besideRaw ??= this.#besideRaw.find(text);
        return besideRaw;
      }
      besideNormalised ??= this.#besideNormalised.find(text);
      return besideNormalised;
    };
    const found = (config: TextRuleConfig) => spansOf(config).get(config.expression ?? "") ?? [];
    return apply([...asked], { text, hits, found }, nowMs);
  }

  /**
   * What applies to a comment because of who says it, where, and how often. Call it once a comment: it counts. The room's own people may
   * say as much as they like.
   */
  findContext(comment: Comment): Applied<CommentContext, ContextMatch>[] {
    if (this.#context.length === 0) return [];
    const { platform, room: id, author, kind, text = "", receivedMs } = comment;
    const room = `${platform}:${id}`;
    const pace =
      this.#counts && author?.id !== undefined && !author.moderator
        ? this.#pace.take(`${room}:${author.id}`, this.#normalise(text), receivedMs)
        : { perMinute: 0, said: 0 };
    return apply(this.#context, { room, author: author?.id, kind, ...pace }, receivedMs);
  }
}
