import { Action, type Comment, Kind } from "../comments/comment.ts";
import type { Category } from "./categories.ts";
import { checks, mayMatter } from "./checks/all.ts";
import { type CleanText, cleanComment, cleanText } from "./clean-text.ts";
import type { Unfit } from "./grade/features.ts";
import { type Grade, type Grader, heldFor } from "./grade/grader.ts";
import type { Marks } from "./grade/marks.ts";
import { actionFor, type Profile, type Strength } from "./policy.ts";
import { Repeats } from "./repeats.ts";
import type { Hit, Scanner } from "./scanner.ts";
import { SplitWords } from "./split-words.ts";

export interface CleanSettings {
  readonly profile: Profile;
  readonly strength: Strength;
  /** A list of the operator's own, as word-list.ts reads it. */
  readonly words: string;
  /** What is said again within this time is counted instead of shown; 0: never. */
  readonly foldS: number;
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

/** "porn:2" for each kind of hit. */
const reasonsOf = (hits: Judgement["hits"]) => [
  ...new Set(
    hits
      .filter(({ action }) => action !== Action.SHOW)
      .map(({ category, severity }) => `${category}:${severity}`),
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

/** Four digits for an id, the same each time. */
function digitsOf(id: string): string {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return String(hash % 10_000).padStart(4, "0");
}

/** Decides what may be shown of what comes from outside: texts by their words, and names with unfit words are replaced. */
export class Judge {
  readonly #scanner: Scanner;
  readonly #split: SplitWords;
  readonly #repeats: Repeats;
  readonly #graders: Graders | undefined;
  #settings: CleanSettings;

  /** Without `graders`, words alone decide. */
  constructor(scanner: Scanner, settings: CleanSettings, graders?: Graders) {
    this.#scanner = scanner;
    this.#graders = graders;
    this.#split = new SplitWords((text) => scanner.scan(text));
    this.#repeats = new Repeats(scanner);
    this.#settings = settings;
    this.configure(settings);
  }

  /** Takes effect with the next comment. */
  configure(settings: CleanSettings): void {
    this.#scanner.setOwnWords(settings.words);
    this.#settings = settings;
  }

  /** As of a comment: by its words, and when they let it through, by its grade. `given`: the grade, when it is known already. */
  judgeText(text: CleanText, given?: Grade): Judgement {
    const judgement = this.judgeWords(text);
    if (!this.#graders) return judgement;
    const { grader, marks } = this.#graders;
    const bare = given ?? grader.grade(text, judgement.hits);
    const grade = marks?.weigh(text, bare) ?? bare;
    if (judgement.action !== Action.SHOW) return { ...judgement, grade };
    const { profile, strength } = this.#settings;
    const unfit = heldFor(grade, grader.model, profile, strength);
    return unfit === undefined
      ? { ...judgement, grade }
      : { ...judgement, grade, heldFor: unfit, action: Action.HOLD };
  }

  judgeWords(text: CleanText): Judgement {
    const found = this.#find(text);
    if (found.length === 0) return { action: Action.SHOW, hits: [], shown: text };
    const hits = this.#acted(found);
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
    const cleaned = cleanComment(comment);
    const { author, gift, roomState, text } = cleaned;
    if (author?.name && this.#isUnfit(author.name)) {
      cleaned.author = { ...author, name: `观众 ${digitsOf(author.id ?? author.name)}` };
    }
    if (author?.medal && this.#isUnfit(author.medal)) delete cleaned.author?.medal;
    if (gift?.name && this.#isUnfit(gift.name)) cleaned.gift = { ...gift, name: GIFT };
    if (roomState?.title) cleaned.roomState = { ...roomState, title: this.nameOf(roomState.title) };
    if (!text || cleaned.verdict?.action === Action.DROP) return cleaned;
    const { action, hits, shown, heldFor } = graded.has(cleaned.kind)
      ? this.judgeText(text as CleanText)
      : this.judgeWords(text as CleanText);
    const { platform, room, receivedMs } = cleaned;
    const split = this.#acted(
      this.#split.find(`${platform}:${room}`, author?.id, this.#scanner.normalise(text), receivedMs),
    ).filter((hit) => hit.action !== Action.SHOW);
    // What is cut apart is meant to get through: dots for the last part would not hide what the first ones said.
    const worst = Math.max(action, ...split.map((hit) => Math.max(hit.action, Action.HOLD))) as Action;
    if (worst === Action.SHOW) return this.#folded(cleaned, text);
    cleaned.text = shown;
    cleaned.verdict = {
      action: worst,
      revision: 1,
      reasons: [
        ...reasonsOf(hits),
        ...reasonsOf(split).map((reason) => `${reason}:split`),
        ...(heldFor ? [`${heldFor}:grade`] : []),
      ],
    };
    return cleaned;
  }

  #find(text: string): readonly Hit[] {
    const words = this.#scanner.scan(text) ?? [];
    if (!mayMatter(text)) return words;
    const checked = checks.flatMap(({ id, category, severity, find }) =>
      find(text).map(
        (span): Hit => ({ list: CHECKS, word: id, form: "written", category, severity, ...span }),
      ),
    );
    return checked.length > 0 ? [...words, ...checked].toSorted((a, b) => a.start - b.start) : words;
  }

  /** Of one kind of comments in a moment, the first ones are shown. What was paid for and what the room's own people say always is. */
  #folded(comment: Comment, text: string): Comment {
    const { foldS } = this.#settings;
    const { kind, platform, room, id, receivedMs, author, price, emotes } = comment;
    if (foldS === 0 || kind !== Kind.CHAT || author?.moderator || price || emotes?.length) return comment;
    const repeat = this.#repeats.take(`${platform}:${room}`, id, text, receivedMs, foldS * 1_000);
    if (!repeat) return comment;
    const { into, count } = repeat;
    return {
      ...comment,
      verdict: { action: Action.FOLD, revision: 1, reasons: ["repeat"], foldedInto: into, count },
    };
  }

  #acted(hits: readonly Hit[]): Judgement["hits"] {
    const { profile, strength } = this.#settings;
    return hits.map((hit) => ({ ...hit, action: actionFor(hit.category, hit.severity, profile, strength) }));
  }

  #isUnfit(name: string): boolean {
    return this.judgeWords(name as CleanText).action !== Action.SHOW;
  }
}
