import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { FailureCode } from "../catalogue/failures.ts";
import type { Judge } from "../clean/judge.ts";
import { Listeners } from "../rpc/follow.ts";
import { decodeMessage, lookupType } from "../rpc/proto.ts";
import type { Archive, Kept } from "./archive.ts";
import { Action, type Comment, Kind, type Retraction, RetractionSource } from "./comment.ts";
import { Held } from "./held.ts";
import type { CommentHub } from "./hub.ts";
import { MAX_STANDING_MS, Pinned } from "./pinned.ts";
import type { Pseudonyms } from "./pseudonyms.ts";

const type = lookupType("feimu.v1.Comment");
const MAX_BATCH = 500;
const PRUNE_EVERY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** What the judge holds and nobody lets through is gone after this. */
const UNFIT_HELD_MS = 60_000;
/** What somebody says in words of their own. */
const said = new Set<Kind>([Kind.CHAT, Kind.SUPER_CHAT]);

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
  /** How long comments are kept; 0: not at all. */
  #hours = 0;
  #waiting: Comment[] = [];
  #scheduled = false;
  /** Why nothing is kept now. */
  failure: FailureCode | undefined;

  constructor(archive: Archive, pseudonyms: Pseudonyms, judge: Judge, hub: CommentHub, log: Logger) {
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
        this.flush();
      },
      { once: true },
    );
  }

  /** The cards that stood when the process before this one ended. */
  resume(): void {
    for (const bytes of this.#archive.superChats(Date.now() - MAX_STANDING_MS)) {
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
    const cleaned = this.#judge.judge(this.#pseudonyms.apply(comment));
    if (cleaned.verdict?.action === Action.DROP) return;
    if (cleaned.kind === Kind.RETRACT) this.held.push(cleaned);
    if (approval && said.has(cleaned.kind)) {
      this.held.push({
        ...cleaned,
        verdict: {
          action: Action.HOLD,
          revision: 1,
          reasons: cleaned.verdict?.reasons.length ? cleaned.verdict.reasons : ["approval"],
        },
      });
      return;
    }
    if (cleaned.verdict?.action === Action.HOLD) this.held.push(cleaned, UNFIT_HELD_MS);
    else this.#publish(cleaned);
  }

  /** The operator's word on what is held: show it or drop it. False when it is not held any more. */
  judge(key: string, show: boolean): boolean {
    const comment = this.held.release(key);
    if (!comment) return false;
    if (show) {
      this.#publish({
        ...comment,
        verdict: { action: Action.SHOW, revision: 2, reasons: ["approved"] },
      });
    }
    return true;
  }

  #publish(comment: Comment): void {
    this.#waiting.push(comment);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Erases what an author said, wherever it is kept or shown. `authorId`: our name for them. */
  forget(authorId: string): void {
    this.#takeBack({ authorId });
  }

  /** Erases all comments, wherever they are kept or shown, and gives every author another name. */
  async endEvent(): Promise<void> {
    this.#takeBack({ wholeRoom: true });
    this.#archive.clear();
    await this.#pseudonyms.renew();
  }

  #takeBack(what: Pick<Retraction, "authorId" | "wholeRoom">): void {
    while (this.#waiting.length > 0) this.flush();
    const nowMs = Date.now();
    const retractions = this.#archive.rooms.map(({ platform, room }) => ({
      id: `forget:${randomUUID()}`,
      platform,
      room,
      kind: Kind.RETRACT,
      timeMs: nowMs,
      receivedMs: nowMs,
      retraction: { source: RetractionSource.OPERATOR, commentIds: [], ...what },
    }));
    for (const retraction of retractions) this.held.push(retraction);
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
