import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type Comment, Kind } from "../comments/comment.ts";
import { type RoomAdapter, RoomError, type RoomFailure, type RoomInfo } from "./room.ts";

export type RoomConnection =
  | "idle"
  | "resolving"
  | "connecting"
  | "authenticating"
  | "live"
  | "offline"
  | "recovering"
  | "refused";

export interface RoomStatus {
  readonly state: RoomConnection;
  readonly title: string;
  readonly longId: string;
  readonly guest: boolean;
  readonly received: number;
  /** Comments a second over the last ten. */
  readonly perSecond: number;
  readonly reconnects: number;
  readonly failure: RoomFailure | undefined;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const GROWTH = 1.5;
/** Token, keys and hosts are asked for anew after this many failures in a row. */
const FAILURES_A_TOKEN = 3;
/** After a reconnect the platform repeats what it said last. */
const REMEMBERED_IDS = 4_096;
/** Real ones are below 80. */
const MAX_ID = 160;
/** Problems that are told in the log, one line a kind. */
const MAX_PROBLEM_KINDS = 32;

/** These will not go away by trying again soon: the operator has to act. */
const final = new Set<RoomFailure>(["ROOM_NOT_FOUND", "ROOM_INSECURE_HOST"]);

/** Keeps one room connected until the signal: resolve, connect, again with a growing delay, no comment twice. */
export class RoomKeeper {
  readonly #adapter: RoomAdapter;
  readonly #log: Logger;
  readonly #onComment: (comment: Comment) => void;
  readonly #onChange: () => void;
  readonly #random: () => number;
  #status: RoomStatus = {
    state: "idle",
    title: "",
    longId: "",
    guest: false,
    received: 0,
    perSecond: 0,
    reconnects: 0,
    failure: undefined,
  };
  #live = false;
  readonly #seen = new Set<string>();
  readonly #seconds: number[] = Array.from({ length: 10 }, () => 0);
  readonly #problems = new Set<string>();

  constructor(
    adapter: RoomAdapter,
    log: Logger,
    onComment: (comment: Comment) => void,
    onChange: () => void,
    random: () => number = Math.random,
  ) {
    this.#adapter = adapter;
    this.#log = log;
    this.#onComment = onComment;
    this.#onChange = onChange;
    this.#random = random;
  }

  get status(): RoomStatus {
    const perSecond = this.#seconds.reduce((sum, count) => sum + count, 0) / this.#seconds.length;
    return { ...this.#status, perSecond };
  }

  #set(change: Partial<RoomStatus>) {
    this.#status = { ...this.#status, ...change };
    this.#onChange();
  }

  async run(signal: AbortSignal, firstDelayMs = FIRST_DELAY_MS): Promise<void> {
    const clock = setInterval(() => {
      this.#seconds.pop();
      this.#seconds.unshift(0);
    }, 1_000);
    try {
      await this.#keep(signal, firstDelayMs);
    } finally {
      clearInterval(clock);
      this.#set({ state: "idle" });
    }
  }

  async #keep(signal: AbortSignal, firstDelayMs: number) {
    let failures = 0;
    let info: RoomInfo | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const receivedBefore = this.#status.received;
      try {
        if (!info) {
          this.#set({ state: "resolving" });
          info = await this.#adapter.resolve(signal);
          this.#live = info.live;
          this.#set({ title: info.title, longId: info.longId, guest: info.guest });
        }
        this.#set({ state: "connecting" });
        await this.#adapter.run(
          attempt,
          {
            onConnected: () => this.#set({ state: "authenticating" }),
            onAuthenticated: () => {
              this.#set({ state: this.#live ? "live" : "offline", failure: undefined });
              this.#log.info({ room: this.#status.longId }, "room connected");
            },
            onComment: (comment) => this.#take(comment),
            onProblem: (problem) => this.#problem(problem),
          },
          signal,
        );
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof RoomError ? error.code : "ROOM_BAD_REPLY";
        if (this.#status.received > receivedBefore) failures = 0;
        failures++;
        if (code === "ROOM_TOKEN_REFUSED" || failures % FAILURES_A_TOKEN === 0) info = undefined;
        const delayMs = this.#delayMs(failures, firstDelayMs, final.has(code));
        this.#log.warn({ err: error, code, failures, delayMs }, "room lost");
        this.#set({
          state: final.has(code) ? "refused" : "recovering",
          failure: code,
          reconnects: this.#status.reconnects + 1,
        });
        await delay(delayMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  #delayMs(failures: number, firstDelayMs: number, isFinal: boolean): number {
    const grown = firstDelayMs * GROWTH ** Math.min(failures - 1, 20);
    const base = isFinal ? firstDelayMs * 60 : Math.min(grown, LONGEST_DELAY_MS);
    // Many boxes that lost one platform must not come back in one moment.
    return Math.round(base * (0.8 + 0.4 * this.#random()));
  }

  #take(received: Comment) {
    // A copy: what is cut out of a text keeps all of that text in memory, and ids are kept for long.
    const id = Buffer.from(received.id.slice(0, MAX_ID)).toString();
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    const comment = { ...received, id };
    if (this.#seen.size > REMEMBERED_IDS) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
    this.#seconds[0]! += 1;
    this.#status = { ...this.#status, received: this.#status.received + 1 };
    const { roomState } = comment;
    if (comment.kind === Kind.ROOM_STATE && roomState) {
      if (roomState.title) this.#set({ title: roomState.title });
      if (roomState.live !== undefined) {
        this.#live = roomState.live;
        this.#set({ state: roomState.live ? "live" : "offline" });
      }
    }
    this.#onComment(comment);
  }

  #problem(problem: string) {
    if (this.#problems.has(problem) || this.#problems.size >= MAX_PROBLEM_KINDS) return;
    this.#problems.add(problem);
    this.#log.warn({ problem, room: this.#status.longId }, "something in the room's stream was skipped");
  }
}
