import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { FailureCode } from "../catalogue/failures.ts";
import { type CleanText, cleanComment, cleanText } from "../clean/clean-text.ts";
import type { Judge } from "../clean/judge.ts";
import { Listeners } from "../rpc/follow.ts";
import { decodeMessage, encodeMessage, lookupType } from "../rpc/proto.ts";
import type { Archive, Erased, Kept } from "./archive.ts";
import { type AuthorSettings, type Authors, Standing } from "./authors.ts";
import { Action, type Comment, Kind, RESTORED, type Retraction, RetractionSource } from "./comment.ts";
import { EarlyRetractions } from "./early.ts";
import { Held, isPaid, keyOf } from "./held.ts";
import type { CommentHub } from "./hub.ts";
import { MAX_STANDING_MS, Pinned } from "./pinned.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { Safety } from "./safety.ts";
import { Unjudged } from "./unjudged.ts";

const type = lookupType("feimu.v1.Comment");
const MAX_BATCH = 500;
const PRUNE_EVERY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** What the judge holds and nobody lets through is gone after this. */
const UNFIT_HELD_MS = 60_000;
/** What somebody says in words of their own. */
const said = new Set<Kind>([Kind.CHAT, Kind.SUPER_CHAT]);
/** What the panic button holds. */
const holdable = new Set<Kind>([Kind.CHAT, Kind.SUPER_CHAT, Kind.GIFT, Kind.GUARD]);
/** What it drops: nobody waits for it. */
const fleeting = new Set<Kind>([Kind.ENTER, Kind.LIKE]);
/** Comments that were shown, taken back by an undo, and stand under another id since. */
const MAX_RENAMED = 256;
/** Of an author, for an undo. */
const MAX_ERASED = 2_000;
/** Of these, told to those who listen. */
const MAX_TOLD_AGAIN = 50;

/** Whether a comment is held for its grade alone, which trusted people are not. */
const isGraded = ({ verdict }: Comment) =>
  (verdict?.reasons.length ?? 0) > 0 && verdict?.reasons.every((reason) => /(^|:)grade(:|$)/.test(reason));

const heldFor = (comment: Comment, reason: string): Comment => ({
  ...comment,
  verdict: {
    action: Action.HOLD,
    revision: (comment.verdict?.revision ?? 0) + 1,
    reasons: [...new Set([...(comment.verdict?.reasons ?? []), reason])],
  },
});

/** What forget() took away, for restore(). */
export interface Forgotten {
  readonly erased: readonly Erased[];
  readonly held: readonly Comment[];
  /** Puts back what waited for its room's delay. */
  putDelayed(): void;
}

/** Takes what is meant out of what waits before the pipeline, as rooms gave it. Returns what puts it back. */
export type WithdrawDelayed = (isMeant: (comment: Comment) => boolean) => () => void;

export interface ModerationSettings extends AuthorSettings {
  readonly safetyS: number;
  readonly engineFailed: "hold" | "drop";
}

/**
 * What rooms give goes through here: authors get names of ours, texts are cleaned, what may be shown is numbered and kept, and then everybody is told.
 * What came in one turn of the event loop is kept in one transaction, so that nobody is told what a crash would lose.
 */
export class Pipeline {
  readonly #archive: Archive;
  readonly #pseudonyms: Pseudonyms;
  readonly #judge: Judge;
  readonly #hub: CommentHub;
  readonly #log: Logger;
  readonly #listeners = new Listeners();
  readonly held = new Held(() => this.#listeners.tell());
  readonly pinned = new Pinned(() => this.#listeners.tell());
  readonly safety = new Safety(
    (comment) => this.#publish(comment),
    () => this.#listeners.tell(),
  );
  readonly unjudged = new Unjudged((comment, approval) => this.#judgeAndRoute(comment, approval));
  readonly #authors: Authors | undefined;
  readonly #withdrawDelayed: WithdrawDelayed;
  readonly #early = new EarlyRetractions();
  readonly #renamed = new Map<string, string>();
  #panic = false;
  #failing = false;
  /** Comments of blocked authors, and such as were taken back before they came. */
  refused = 0;
  /** How long comments are kept; 0: not at all. */
  #hours = 0;
  #waiting: Comment[] = [];
  #scheduled = false;
  /** Why nothing is kept now. */
  failure: FailureCode | undefined;

  constructor(
    archive: Archive,
    pseudonyms: Pseudonyms,
    judge: Judge,
    hub: CommentHub,
    log: Logger,
    authors?: Authors,
    withdrawDelayed: WithdrawDelayed = () => () => {},
  ) {
    this.#withdrawDelayed = withdrawDelayed;
    this.#authors = authors;
    this.#archive = archive;
    this.#pseudonyms = pseudonyms;
    this.#judge = judge;
    this.#hub = hub;
    this.#log = log;
  }

  /** Tells of every change of what is held or pinned; returns what takes the listener off again. */
  readonly onChange = this.#listeners.on;

  /** Also erases what is older than the setting, now and then. */
  run(signal: AbortSignal): void {
    const timer = setInterval(() => this.#prune(), PRUNE_EVERY_MS);
    signal.addEventListener(
      "abort",
      () => {
        clearInterval(timer);
        this.safety.close();
        this.flush();
      },
      { once: true },
    );
  }

  moderate(settings: ModerationSettings): void {
    this.#authors?.configure(settings);
    this.safety.delayMs = settings.safetyS * 1_000;
    this.unjudged.hold = settings.engineFailed === "hold";
  }

  /** While it is on everything that comes is held, and no card stands; what was held waits for the operator afterwards as any other. */
  setPanic(on: boolean): void {
    if (on === this.#panic) return;
    this.#panic = on;
    if (!on) return;
    this.#hub.forgetRecent();
    this.pinned.clear();
    for (const comment of this.safety.takeAll()) this.#hold(comment, "panic");
  }

  /** The cards that stood when the process before this one ended, but none from before a press of the panic button. */
  resume(sinceMs = 0): void {
    for (const bytes of this.#archive.superChats(Math.max(sinceMs, Date.now() - MAX_STANDING_MS))) {
      this.pinned.take(decodeMessage(type, bytes) as Comment);
    }
  }

  keepFor(hours: number): void {
    this.#hours = hours;
    this.#prune();
  }

  #prune(): void {
    try {
      if (this.#hours === 0) this.#archive.clear();
      else this.#archive.prune(Date.now() - this.#hours * HOUR_MS);
    } catch (error) {
      this.#log.error({ err: error }, "old comments cannot be erased");
    }
  }

  /** `approval`: what was said waits until the operator lets it through. */
  push(comment: Comment, approval = false): void {
    const named = this.#pseudonyms.apply(comment);
    if (named.kind === Kind.RETRACT) this.#retract(named);
    else if (this.#early.has(named) || this.#authors?.of(named.author?.id) === Standing.BLOCKED)
      this.refused++;
    else if (this.#authors?.allows(named) !== false && !this.#judgeAndRoute(named, approval)) {
      this.unjudged.push(named, approval);
    }
  }

  /** A room's title as it may be shown; none while the engine fails. */
  titleOf(title: string): CleanText {
    try {
      return this.#judge.nameOf(title);
    } catch (error) {
      this.#fail(error);
      return cleanText("");
    }
  }

  /** False: the engine failed, and nobody sees the comment. */
  #judgeAndRoute(comment: Comment, approval: boolean): boolean {
    let cleaned: Comment;
    try {
      cleaned = this.#judge.judge(comment);
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (this.#failing && this.unjudged.waiting === 0) this.#failing = false;
    this.#route(cleaned, approval);
    return true;
  }

  #fail(error: unknown): void {
    if (!this.#failing) this.#log.error({ err: error, failure: "ENGINE_FAILED" }, "comments are not judged");
    this.#failing = true;
  }

  #route(cleaned: Comment, approval: boolean): void {
    const { kind, verdict, author } = cleaned;
    if (verdict?.action === Action.DROP) return;
    if (this.#panic && fleeting.has(kind)) return;
    if (this.#panic && holdable.has(kind)) {
      this.#hold(cleaned, "panic");
      return;
    }
    const trusted = this.#authors?.of(author?.id) === Standing.TRUSTED;
    if (approval && said.has(kind) && !trusted) {
      const reasons = verdict?.reasons.length ? verdict.reasons : ["approval"];
      this.held.push({ ...cleaned, verdict: { action: Action.HOLD, revision: 1, reasons } });
    } else if (verdict?.action === Action.HOLD && !(trusted && isGraded(cleaned))) {
      this.held.push(cleaned, UNFIT_HELD_MS);
    } else {
      const shown = { ...cleaned, verdict: { action: Action.SHOW, revision: 1, reasons: ["trusted"] } };
      const fit = verdict?.action === Action.HOLD ? shown : cleaned;
      if (said.has(kind)) this.safety.push(fit);
      else this.#publish(fit);
    }
  }

  /** What was paid for waits as long as for an approval. */
  #hold(comment: Comment, reason: string): void {
    const held = heldFor(comment, reason);
    if (isPaid(held)) this.held.push(held);
    else this.held.push(held, UNFIT_HELD_MS);
  }

  /** A platform takes something back: for what comes later too. */
  #retract(retraction: Comment): void {
    const cleaned = cleanComment(retraction);
    this.#early.remember(cleaned);
    this.#withdraw(cleaned);
    const ids = cleaned.retraction?.commentIds ?? [];
    const also = ids.flatMap((id) => this.#renamed.get(keyOf({ ...cleaned, id })) ?? []);
    const all = { ...cleaned, retraction: { ...cleaned.retraction!, commentIds: [...ids, ...also] } };
    if (also.length > 0) this.#withdraw(all);
    this.#publish(also.length > 0 ? all : cleaned);
  }

  /** Takes back what nobody was shown yet. */
  #withdraw(retraction: Comment): void {
    this.held.push(retraction);
    this.safety.takeBack(retraction);
    this.unjudged.takeBack(retraction);
  }

  /** A comment that is held or about to fly. */
  peek(key: string): Comment | undefined {
    return this.held.peek(key) ?? this.safety.peek(key);
  }

  /** Takes such a comment out; nobody sees it any more. `put`: back to where it was, unless it was taken back meanwhile. */
  withhold(key: string): { readonly comment: Comment; put(): void } | undefined {
    const held = this.held.release(key);
    const comment = held ?? this.safety.release(key);
    if (!comment) return undefined;
    const put = () => {
      if (this.#early.has(comment)) return;
      if (held) this.#hold(held, "undone");
      else if (this.#panic) this.#hold(comment, "panic");
      else this.safety.push(comment);
    };
    return { comment, put };
  }

  /** Shows a comment on the operator's word. Returns what takes that back: off every stage, and held again under another id. */
  approve(comment: Comment): () => void {
    const { platform, room, id } = comment;
    this.#judge.counts.setFine(keyOf(comment), true);
    this.#publish({
      ...comment,
      verdict: { action: Action.SHOW, revision: 2, reasons: ["approved"] },
    });
    return () => {
      if (this.#early.has(comment)) return;
      const renamed = `${id}~${randomUUID().slice(0, 8)}`;
      this.#renamed.set(keyOf(comment), renamed);
      const [oldest] = this.#renamed.keys();
      if (this.#renamed.size > MAX_RENAMED && oldest !== undefined) this.#renamed.delete(oldest);
      this.#tellBack([{ platform, room }], { commentIds: [id] });
      this.#hold({ ...comment, id: renamed }, "undone");
    };
  }

  /** The operator's word on what is held: show it or drop it. False when it is not held any more. */
  judge(key: string, show: boolean): boolean {
    const taken = this.withhold(key);
    if (taken && show) this.approve(taken.comment);
    return taken !== undefined;
  }

  #publish(comment: Comment): void {
    this.#waiting.push(comment);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Erases what an author said, wherever it is kept or shown. `authorId`: our name for them. */
  forget(authorId: string): Forgotten {
    while (this.#waiting.length > 0) this.flush();
    const mine = ({ author }: Comment) => author?.id === authorId;
    const forgotten = {
      erased: this.#archive.ofAuthor(authorId, MAX_ERASED),
      held: [...this.held.all, ...this.safety.all].filter(mine),
      putDelayed: this.#withdrawDelayed((comment) => mine(this.#pseudonyms.apply(comment))),
    };
    this.#takeBack({ authorId });
    return forgotten;
  }

  /** Undoes forget(): what was kept is kept again, and told to those who listen; it does not fly a second time. */
  restore({ erased, held, putDelayed }: Forgotten): void {
    const comments = erased.map((one) => ({ one, comment: decodeMessage(type, one.bytes) as Comment }));
    const back = comments.filter(({ comment }) => !this.#early.has(comment));
    try {
      this.#archive.restore(back.map(({ one }) => one));
    } catch (error) {
      this.#log.error({ err: error, failure: "ARCHIVE_FAILED" }, "comments are not kept");
    }
    for (const { comment } of back.slice(0, MAX_TOLD_AGAIN).toReversed()) {
      const { verdict } = comment;
      const reasons = [...(verdict?.reasons ?? []), RESTORED];
      const revision = (verdict?.revision ?? 0) + 1;
      const again = { ...comment, verdict: { action: Action.SHOW, ...verdict, revision, reasons } };
      this.#tell([{ comment: again, bytes: encodeMessage(type, again) }]);
    }
    for (const comment of held) if (!this.#early.has(comment)) this.#hold(comment, "undone");
    putDelayed();
  }

  /** Erases all comments, wherever they are kept or shown, and gives every author another name. */
  async endEvent(): Promise<void> {
    this.#withdrawDelayed(() => true);
    this.#takeBack({ wholeRoom: true });
    this.#renamed.clear();
    this.#authors?.clear();
    this.#archive.clear();
    await this.#pseudonyms.renew();
  }

  #takeBack(what: Pick<Retraction, "authorId" | "wholeRoom">): void {
    while (this.#waiting.length > 0) this.flush();
    const all = [...this.#archive.rooms, ...this.held.all, ...this.safety.all, ...this.unjudged.all];
    const rooms = new Map(all.map(({ platform, room }) => [`${platform}:${room}`, { platform, room }]));
    this.#tellBack([...rooms.values()], what);
  }

  /** In the operator's name, in some rooms. */
  #tellBack(rooms: readonly { platform: string; room: string }[], what: Partial<Retraction>): void {
    while (this.#waiting.length > 0) this.flush();
    const nowMs = Date.now();
    const retractions = rooms.map(({ platform, room }) => ({
      id: `forget:${randomUUID()}`,
      platform,
      room,
      kind: Kind.RETRACT,
      timeMs: nowMs,
      receivedMs: nowMs,
      retraction: { source: RetractionSource.OPERATOR, commentIds: [], ...what },
    }));
    for (const retraction of retractions) this.#withdraw(retraction);
    this.#tell(this.#keep(retractions));
  }

  /** Keeps and tells all that waits. */
  flush(): void {
    this.#scheduled = false;
    const batch = this.#waiting.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    this.#tell(this.#keep(batch));
    if (this.#waiting.length > 0 && !this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
  }

  #tell(all: readonly Kept[]): void {
    for (const kept of all) {
      this.pinned.take(kept.comment);
      this.#hub.publish(kept);
    }
  }

  /** A disk that takes nothing must not keep comments from the stage. */
  #keep(batch: readonly Comment[]): Kept[] {
    const keep = this.#hours > 0;
    for (const attempt of [() => {}, () => this.#archive.makeRoom()]) {
      try {
        attempt();
        const kept = this.#archive.add(batch, keep);
        this.failure = undefined;
        return kept;
      } catch (error) {
        if (!this.failure)
          this.#log.error({ err: error, failure: "ARCHIVE_FAILED" }, "comments are not kept");
        this.failure = "ARCHIVE_FAILED";
      }
    }
    return this.#archive.unkept(batch);
  }
}
