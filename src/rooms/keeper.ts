import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type Comment, Kind } from "../comments/comment.ts";
import { KnownIds } from "../comments/known-ids.ts";
import type { Budget } from "./budget.ts";
import { type Post, PostError } from "./post.ts";
import { type RoomAdapter, RoomError, type RoomFailure } from "./room.ts";
import { nextStatus, noStatus, type RoomEvent, type RoomStatus } from "./status.ts";

export interface KeptStatus extends RoomStatus {
  readonly received: number;
  /** Messages, or parts of them, that could not be read. */
  readonly skipped: number;
  /** Comments a second over the last ten. */
  readonly perSecond: number;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const GROWTH = 2;
/** A room that is not on air is asked about this often. */
const OFFLINE_DELAY_MS = 30_000;
/** Token, keys and hosts are asked for anew after this many failures in a row. */
const FAILURES_A_TOKEN = 3;
/** After a reconnect the platform repeats what it said last. */
const REMEMBERED_IDS = 4_096;
/** Real ones are below 80. */
const MAX_ID = 160;
/** A connection that stood for this long was a good one, also when nobody said anything. */
const STOOD_MS = 60_000;
/** Longest wait for what the platform remembers. */
const HISTORY_MS = 5_000;
/** The platform's clock and ours may differ by this much. */
const CLOCKS_MS = 5_000;
/** Problems that are told in the log, one line a kind. */
const MAX_PROBLEM_KINDS = 32;

/** These will not go away by trying again soon: the operator has to act. */
const final = new Set<RoomFailure>(["ROOM_NOT_FOUND", "ROOM_INSECURE_HOST", "ROOM_TOKEN_WANTED"]);
/** What was resolved is of no use any more. */
const stale = new Set<RoomFailure>(["ROOM_TOKEN_REFUSED", "ROOM_OFFLINE"]);

/** Keeps one room connected until the signal: resolve, connect, again with a growing delay, no comment twice. */
export class RoomKeeper {
  readonly #identity: { readonly platform: string; readonly id: string };
  readonly #open: () => Promise<RoomAdapter>;
  readonly #budget: Budget;
  readonly #log: Logger;
  readonly #onComment: (comment: Comment) => void;
  readonly #onChange: () => void;
  readonly #random: () => number;
  #status = noStatus;
  #received = 0;
  #skipped = 0;
  #connections = 0;
  readonly #seen = new KnownIds(REMEMBERED_IDS);
  /** When the room was lost, ms since 1970; undefined while nothing is missing. */
  #awayMs: number | undefined;
  #lastCommentMs = 0;
  readonly #seconds: number[] = Array.from({ length: 10 }, () => 0);
  readonly #problems = new Set<string>();
  #adapter: RoomAdapter | undefined;

  constructor(
    identity: { readonly platform: string; readonly id: string },
    open: () => Promise<RoomAdapter>,
    budget: Budget,
    log: Logger,
    onComment: (comment: Comment) => void,
    onChange: () => void,
    random: () => number = Math.random,
  ) {
    this.#identity = identity;
    this.#open = open;
    this.#budget = budget;
    this.#log = log;
    this.#onComment = onComment;
    this.#onChange = onChange;
    this.#random = random;
  }

  get status(): KeptStatus {
    const perSecond = this.#seconds.reduce((sum, count) => sum + count, 0) / this.#seconds.length;
    return { ...this.#status, received: this.#received, skipped: this.#skipped, perSecond };
  }

  /** Returns how many messages of it are new. Throws PostError. */
  take(post: Post): number {
    if (!this.#adapter?.take) throw new PostError("POST_NOT_HERE", "this room is not posted to");
    return this.#adapter.take(post);
  }

  #change(event: RoomEvent) {
    this.#status = nextStatus(this.#status, event);
    this.#onChange();
  }

  async run(signal: AbortSignal, firstDelayMs = FIRST_DELAY_MS): Promise<void> {
    const clock = setInterval(() => {
      this.#seconds.pop();
      this.#seconds.unshift(0);
    }, 1_000);
    try {
      this.#adapter = await this.#open();
      await this.#keep(this.#adapter, signal, firstDelayMs);
    } finally {
      clearInterval(clock);
      this.#change({ type: "stop" });
    }
  }

  async #keep(adapter: RoomAdapter, signal: AbortSignal, firstDelayMs: number) {
    let failures = 0;
    let resolved = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const receivedBefore = this.#received;
      const connection = ++this.#connections;
      let authenticatedMs = Number.POSITIVE_INFINITY;
      let leave = () => {};
      try {
        leave = await this.#budget.enter(signal, () => this.#change({ type: "full" }));
        if (!resolved) {
          this.#change({ type: "resolve" });
          this.#change({ type: "resolved", info: await adapter.resolve(signal) });
          resolved = true;
        }
        this.#change({ type: "connect" });
        await adapter.run(
          attempt,
          {
            onConnected: () => this.#change({ type: "connected" }),
            onAuthenticated: () => {
              authenticatedMs = performance.now();
              this.#change({ type: "authenticated" });
              this.#log.info({ room: this.#status.longId, connection }, "room connected");
              void this.#fillGap(adapter, signal);
            },
            onComment: (comment) => this.#take(comment),
            onProblem: (problem) => this.#problem(problem),
          },
          signal,
        );
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof RoomError ? error.code : "ROOM_BAD_REPLY";
        if (code === "ROOM_OFFLINE") this.#awayMs = undefined;
        else if (this.#status.state === "live") {
          // A connection that went silent was lost before it was noticed.
          this.#awayMs ??= code === "ROOM_STALLED" ? this.#lastCommentMs || Date.now() : Date.now();
        }
        const stood = performance.now() - authenticatedMs > STOOD_MS;
        if (stood || this.#received > receivedBefore) failures = 0;
        failures++;
        if (stale.has(code) || failures % FAILURES_A_TOKEN === 0) resolved = false;
        const delayMs = this.#delayMs(code, failures, firstDelayMs);
        if (code !== "ROOM_OFFLINE") {
          this.#log.warn({ err: error, code, failures, delayMs, connection }, "room lost");
        }
        this.#change({
          type: "lost",
          failure: code,
          final: final.has(code),
          retryMs: performance.now() + delayMs,
        });
        leave();
        await delay(delayMs, undefined, { signal }).catch(() => {});
      } finally {
        leave();
      }
    }
  }

  /** Gives what came while the room was away, as far as the platform still knows it, and says how much is missing. */
  async #fillGap(adapter: RoomAdapter, signal: AbortSignal): Promise<void> {
    const awayMs = this.#awayMs;
    this.#awayMs = undefined;
    if (awayMs === undefined || adapter.resumes) return;
    const backMs = Date.now();
    let known: readonly Comment[] = [];
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(HISTORY_MS)]);
      known = (await adapter.history?.(deadline)) ?? [];
    } catch (error) {
      if (signal.aborted) return;
      this.#log.warn({ err: error, room: this.#status.longId }, "what was missed could not be asked for");
    }
    // Where it reaches back to what we have, nothing is missing in between.
    const whole = known.some(({ id, timeMs }) => this.#seen.has(id) || timeMs < awayMs - CLOCKS_MS);
    for (const comment of known) if (comment.timeMs >= awayMs - CLOCKS_MS) this.#take(comment);
    const gapS = Math.round((backMs - awayMs) / 1_000);
    if (whole || gapS < 1) return;
    const { platform, id } = this.#identity;
    this.#onComment({
      id: `gap:${awayMs}`,
      platform,
      room: this.#status.longId || id,
      kind: Kind.NOTICE,
      timeMs: awayMs,
      receivedMs: backMs,
      gapS,
    });
  }

  #delayMs(code: RoomFailure, failures: number, firstDelayMs: number): number {
    // Both scale with the first delay, so that tests can be quick.
    const times = (ms: number) => (ms / FIRST_DELAY_MS) * firstDelayMs;
    const grown = firstDelayMs * GROWTH ** Math.min(failures - 1, 20);
    const base = final.has(code)
      ? times(LONGEST_DELAY_MS)
      : code === "ROOM_OFFLINE"
        ? times(OFFLINE_DELAY_MS)
        : Math.min(grown, LONGEST_DELAY_MS);
    // Many boxes that lost one platform must not come back in one moment.
    return Math.round(base * (0.8 + 0.4 * this.#random()));
  }

  #take(received: Comment) {
    // A copy: what is cut out of a text keeps all of that text in memory, and ids are kept for long.
    const id = Buffer.from(received.id.slice(0, MAX_ID)).toString();
    if (!this.#seen.add(id)) return;
    this.#lastCommentMs = Date.now();
    this.#seconds[0]! += 1;
    this.#received++;
    const { kind, roomState } = received;
    if (kind === Kind.ROOM_STATE && (roomState?.title || roomState?.live !== undefined)) {
      this.#change({ type: "told", title: roomState.title, live: roomState.live });
    }
    this.#onComment({ ...received, id });
  }

  #problem(problem: string) {
    this.#skipped++;
    if (this.#problems.has(problem) || this.#problems.size >= MAX_PROBLEM_KINDS) return;
    this.#problems.add(problem);
    this.#log.warn({ problem, room: this.#status.longId }, "something in the room's stream was skipped");
  }
}
