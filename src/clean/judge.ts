import { Action, type Comment, Kind } from "../comments/comment.ts";
import { keyOf } from "../comments/held.ts";
import { withoutEmotes } from "./blocked-emotes.ts";
import type { Category } from "./categories.ts";
import { checks, mayMatter } from "./checks/all.ts";
import { type CleanText, cleanComment, cleanText } from "./clean-text.ts";
import { classes, type Unfit } from "./grade/features.ts";
import { type Grade, type Grader, heldFor } from "./grade/grader.ts";
import type { Marks } from "./grade/marks.ts";
import { HitCounts, sourceOf } from "./hit-counts.ts";
import { type NameStyle, named, usualNames } from "./names.ts";
import { actionFor, type Profile, type Strength } from "./policy.ts";
import { type Repeat, Repeats } from "./repeats.ts";
import { AuthorPace } from "./rules/author-pace.ts";
import { RuleBook } from "./rules/rule-book.ts";
import type { RuleConfig } from "./rules/rule-schema.ts";
import type { Rule } from "./rules.ts";
import { type Hit as ListHit, RULES, type Scanner } from "./scanner.ts";
import { type SplitHit, SplitWords } from "./split-words.ts";

export interface CleanSettings {
  readonly profile: Profile;
  readonly strength: Strength;
  /** A list of the operator's own, as word-list.ts reads it. */
  readonly words: string;
  /** What is said again within this time is counted instead of shown; 0: never. */
  readonly foldS: number;
  /** The operator's own, beside the lists. */
  readonly rules?: readonly RuleConfig[];
  /** Undefined: as usual for who watches. */
  readonly names?: NameStyle | undefined;
  /** Ids or tokens of emotes that nobody is shown. */
  readonly blockedEmotes?: readonly string[];
}

/** A word of a list, or what a rule found. */
interface Hit extends ListHit {
  /** The rule's id. */
  readonly rule?: string;
  /** What the rule says, whatever the dial says. */
  readonly action?: Action;
}

/** What happens to a text, and because of what. */
export interface Judgement {
  readonly action: Action;
  readonly hits: readonly (Hit & { readonly action: Action })[];
  /** Without what must not be read: the masked spans as dots. */
  readonly shown: CleanText;
  /** How likely it is of each class, when there is a grader. */
  readonly grade?: Grade;
  /** The class for which the grader alone holds it. */
  readonly heldFor?: Unfit;
}

/** What a comment is beside those before it. */
export interface PlacedJudgement extends Judgement {
  /** Words that end in it and began before. */
  readonly split?: readonly (SplitHit & { readonly rule?: string; readonly action: Action })[];
  readonly repeat?: Repeat;
}

/** What words cannot tell; `marks` are what operators said of comments. */
export interface Graders {
  readonly grader: Grader;
  readonly marks?: Marks;
}

/** What somebody says in words of their own. */
const graded = new Set<Kind>([Kind.CHAT, Kind.SUPER_CHAT]);
const DOT = "●";
/** More dots say no more. */
const MAX_DOTS = 8;
/** Stands for a list where a check found something. */
const CHECKS = "checks";
const GIFT = "礼物";
const MAX_PLAIN_NAMES = 4_096;

/** "porn:2" for each kind of hit, "ads:2:rule:no-shops" for each rule. */
const reasonsOf = (hits: Judgement["hits"]) => [
  ...new Set(
    hits
      .filter(({ action }) => action !== Action.SHOW)
      .map(({ category, severity, rule }) => `${category}:${severity}${rule ? `:rule:${rule}` : ""}`),
  ),
];

/** The category of a reason; undefined when it names none. */
export const categoryOf = (reason: string): Category | undefined =>
  reason.includes(":") ? (reason.split(":", 1)[0] as Category) : undefined;

function masked(text: string, hits: Judgement["hits"]): CleanText {
  let result = "";
  let end = 0;
  for (const hit of hits) {
    if (hit.action === Action.SHOW || hit.end <= end) continue;
    const start = Math.max(hit.start, end);
    const length = [...text.slice(start, hit.end)].length;
    result += text.slice(end, start) + DOT.repeat(Math.min(length, MAX_DOTS));
    end = hit.end;
  }
  return (result + text.slice(end)) as CleanText;
}

/** What a hit has of the rule that it is of. */
const ruleHit = <Subject, Match>({ id, category, severity, action }: Rule<Subject, Match>) => ({
  list: RULES,
  rule: id,
  category,
  severity,
  ...(action !== undefined && { action }),
});

export interface JudgeTools {
  /** Without them, words and rules alone decide. */
  readonly graders?: Graders | undefined;
  /** ms since 1970; rules may be in force for a time. */
  readonly now?: () => number;
  /** What words and rules find in comments. */
  readonly counts?: HitCounts;
}

/** Decides what may be shown of what comes from outside: texts by their words, and names with unfit words are replaced. */
export class Judge {
  readonly #scanner: Scanner;
  readonly #split: SplitWords;
  readonly #repeats: Repeats;
  readonly #graders: Graders | undefined;
  /** Of the comment that is judged, so that none costs an object. */
  readonly #grade: Grade = new Float32Array(classes.length);
  readonly #pace = new AuthorPace();
  #rules: RuleBook;
  #blocked: ReadonlySet<string> = new Set();
  /** Names in which nothing is found: most people say more than one thing. Emptied when it is full. */
  readonly #plainNames = new Set<string>();
  /** The scanner's revision that they were looked at with. */
  #plainBy = 0;
  readonly #now: () => number;
  readonly counts: HitCounts;
  #settings: CleanSettings;

  constructor(scanner: Scanner, settings: CleanSettings, tools: JudgeTools = {}) {
    const { graders, now = Date.now, counts = new HitCounts() } = tools;
    this.#scanner = scanner;
    this.#graders = graders;
    this.#now = now;
    this.counts = counts;
    this.#split = new SplitWords(scanner, (text) => this.#words(text));
    this.#rules = this.#bookOf([]);
    this.#repeats = new Repeats(scanner);
    this.#settings = settings;
    this.configure(settings, true);
  }

  /** Takes effect with the next comment; a large list of words a moment later, unless `wait`. */
  configure(settings: CleanSettings, wait = false): void {
    const book = this.#bookOf(settings.rules ?? []);
    this.#scanner.setOwnWords(settings.words, wait);
    this.#scanner.setRuleWords(book.words);
    this.#rules = book;
    this.counts.keepRules(new Set(settings.rules?.map(({ id }) => id)));
    this.#blocked = new Set(settings.blockedEmotes);
    this.#settings = settings;
  }

  #bookOf(rules: readonly RuleConfig[]): RuleBook {
    return new RuleBook(rules, (text) => this.#scanner.normalise(text), this.#pace);
  }

  /** As of a comment: by its words, and when they let it through, by its grade. `given`: the grade, when it is known already. */
  judgeText(text: CleanText, given?: Grade): Judgement {
    const judgement = this.judgeWords(text);
    const grade = this.#gradeOf(text, judgement.hits, given);
    if (!grade) return judgement;
    const unfit = judgement.action === Action.SHOW ? this.#heldFor(grade) : undefined;
    if (unfit === undefined) return { ...judgement, grade };
    return { ...judgement, grade, heldFor: unfit, action: Action.HOLD };
  }

  /** As judgeText, beside what was said before it in its room; it is remembered for what comes after. `text`: the comment's. */
  judgeInPlace(comment: Comment, text: CleanText, given?: Grade): PlacedJudgement {
    const judged = this.#judged(text, this.#context(comment));
    const grade = this.#gradeOf(text, judged.hits, given);
    return { ...this.#place(comment, text, judged, grade), ...(grade && { grade }) };
  }

  judgeWords(text: CleanText): Judgement {
    return this.#judged(text, []);
  }

  /** Undefined without a grader. */
  #gradeOf(text: CleanText, hits: Judgement["hits"], given?: Grade, into?: Grade): Grade | undefined {
    if (!this.#graders) return undefined;
    const { grader, marks } = this.#graders;
    const bare = given ?? grader.grade(text, hits, into);
    return marks?.weigh(text, bare) ?? bare;
  }

  #heldFor(grade: Grade): Unfit | undefined {
    const { profile, strength } = this.#settings;
    return this.#graders && heldFor(grade, this.#graders.grader.model, profile, strength);
  }

  #judged(text: CleanText, context: readonly Hit[]): Judgement {
    const found = this.#find(text);
    if (found.length === 0 && context.length === 0) return { action: Action.SHOW, hits: [], shown: text };
    const hits = this.#acted(context.length === 0 ? found : [...context, ...found]);
    const worst = Math.max(...hits.map(({ action }) => action)) as Action;
    return { action: worst, hits, shown: worst === Action.MASK ? masked(text, hits) : text };
  }

  /** A name or a title: what is unfit is dots, whatever a comment with it would meet. */
  nameOf(raw: string, maxLength?: number): CleanText {
    const text = cleanText(raw, maxLength === undefined ? {} : { maxLength });
    const { hits } = this.judgeWords(text);
    return hits.length > 0 ? masked(text, hits) : text;
  }

  /** The comment with all that can be drawn cleaned, and the verdict on it. */
  judge(comment: Comment): Comment {
    const cleaned = cleanComment(withoutEmotes(comment, this.#blocked));
    const { author, gift, roomState, text } = cleaned;
    if (author) {
      const { names, profile } = this.#settings;
      cleaned.author = named(author, names ?? usualNames[profile], (name) => this.#isUnfit(name));
    }
    if (author?.medal && this.#isUnfit(author.medal)) delete cleaned.author?.medal;
    if (gift?.name && this.#isUnfit(gift.name)) cleaned.gift = { ...gift, name: GIFT };
    if (roomState?.title) cleaned.roomState = { ...roomState, title: this.nameOf(roomState.title) };
    if (cleaned.verdict?.action === Action.DROP) return cleaned;
    const context = this.#context(cleaned);
    if (!text) {
      this.#count(cleaned, context);
      return this.#judgedByContext(cleaned, context);
    }
    const judged = this.#judged(text as CleanText, context);
    const { hits, shown } = judged;
    const grade =
      judged.action === Action.SHOW && graded.has(cleaned.kind)
        ? this.#gradeOf(text as CleanText, hits, undefined, this.#grade)
        : undefined;
    const { action, heldFor, split = [], repeat } = this.#place(cleaned, text as CleanText, judged, grade);
    this.#count(cleaned, hits, split);
    if (repeat) {
      const { into, count } = repeat;
      cleaned.verdict = { action, revision: 1, reasons: ["repeat"], foldedInto: into, count };
    }
    if (repeat || action === Action.SHOW) return cleaned;
    cleaned.text = shown;
    cleaned.verdict = {
      action,
      revision: 1,
      reasons: [
        ...reasonsOf(hits),
        ...reasonsOf(split).map((reason) => `${reason}:split`),
        ...(heldFor ? [`${heldFor}:grade`] : []),
      ],
    };
    return cleaned;
  }

  /** What becomes of it beside those before it. */
  #place(comment: Comment, text: CleanText, judged: Judgement, grade?: Grade): PlacedJudgement {
    const heldFor = grade && judged.action === Action.SHOW ? this.#heldFor(grade) : undefined;
    const { platform, room, id, author, receivedMs } = comment;
    // What is cut apart is meant to get through: dots for the last part would not hide what the first ones said.
    const found = this.#split.find(
      { room: `${platform}:${room}`, author: author?.id ?? "", id, text, atMs: receivedMs },
      this.#rules.looksAtTexts,
    );
    const split = this.#acted(found)
      .filter((hit) => hit.action !== Action.SHOW)
      .map((hit) => ({ ...hit, action: Math.max(hit.action, Action.HOLD) as Action }));
    const alone = heldFor === undefined ? judged.action : Action.HOLD;
    const action = Math.max(alone, ...split.map((hit) => hit.action)) as Action;
    const repeat = action === Action.SHOW ? this.#repeatOf(comment, text) : undefined;
    // As nearly all are.
    if (action === judged.action && split.length === 0 && !repeat) return judged;
    return {
      ...judged,
      action: repeat ? Action.FOLD : action,
      split,
      ...(heldFor && { heldFor }),
      ...(repeat && { repeat }),
    };
  }

  #count(comment: Comment, ...found: readonly (readonly Hit[])[]): void {
    if (found.every(({ length }) => length === 0)) return;
    this.counts.note(keyOf(comment), new Set(found.flat().map(sourceOf)));
  }

  /** What rules find in a comment beside its text: of all of it. */
  #context(comment: Comment): readonly Hit[] {
    return this.#rules.findContext(comment).map(({ rule, match }) => ({
      ...ruleHit(rule),
      word: Object.entries(match)
        .map(([name, count]) => `${name} ${count}`)
        .join(", "),
      form: "written",
      start: 0,
      end: comment.text?.length ?? 0,
    }));
  }

  /** What says nothing has nothing to mask. */
  #judgedByContext(comment: Comment, context: readonly Hit[]): Comment {
    const hits = this.#acted(context).filter(({ action }) => action >= Action.HOLD);
    if (hits.length === 0) return comment;
    const action = Math.max(...hits.map((hit) => hit.action)) as Action;
    return { ...comment, verdict: { action, revision: 1, reasons: reasonsOf(hits) } };
  }

  /** Words of lists, and what rules make of theirs. */
  #words(text: string): readonly Hit[] {
    const all = this.#scanner.scan(text) ?? [];
    const ofRules = all.filter(({ list }) => list === RULES);
    if (ofRules.length === 0 && !this.#rules.looksAtAll) return all;
    const ruled = this.#rules
      .find(text, ofRules, this.#now())
      .map(({ rule, match: { word, form, start, end } }) => ({ ...ruleHit(rule), word, form, start, end }));
    return [...all.filter(({ list }) => list !== RULES), ...ruled].toSorted((a, b) => a.start - b.start);
  }

  #find(text: string): readonly Hit[] {
    const words = this.#words(text);
    if (!mayMatter(text)) return words;
    const checked = checks.flatMap(({ id, category, severity, find }) =>
      find(text).map(
        (span): Hit => ({ list: CHECKS, word: id, form: "written", category, severity, ...span }),
      ),
    );
    return checked.length > 0 ? [...words, ...checked].toSorted((a, b) => a.start - b.start) : words;
  }

  /** Of one kind of comments in a moment, the first ones are shown. What was paid for and what the room's own people say always is. */
  #repeatOf(comment: Comment, text: string): Repeat | undefined {
    const { foldS } = this.#settings;
    const { kind, platform, room, id, receivedMs, author, price, emotes } = comment;
    if (foldS === 0 || kind !== Kind.CHAT || author?.moderator || price || emotes?.length) return undefined;
    return this.#repeats.take(`${platform}:${room}`, id, text, receivedMs, foldS * 1_000);
  }

  #acted<Found extends Hit>(hits: readonly Found[]): readonly (Found & { readonly action: Action })[] {
    const { profile, strength } = this.#settings;
    return hits.map((hit) => ({
      ...hit,
      action: hit.action ?? actionFor(hit.category, hit.severity, profile, strength),
    }));
  }

  #isUnfit(name: string): boolean {
    if (this.#plainBy !== this.#scanner.revision || this.#plainNames.size >= MAX_PLAIN_NAMES) {
      this.#plainNames.clear();
      this.#plainBy = this.#scanner.revision;
    }
    if (this.#plainNames.has(name)) return false;
    const { action, hits } = this.judgeWords(name as CleanText);
    // Rules may be in force for a time only.
    if (hits.length === 0 && !this.#rules.looksAtTexts) this.#plainNames.add(name);
    return action !== Action.SHOW;
  }
}
