import { setImmediate as immediate } from "node:timers/promises";
import { ConfigError, parseConfig } from "../box/config.ts";
import type { FailureCode } from "../catalogue/failures.ts";
import { type CleanSettings, Judge } from "../clean/judge.ts";
import type { Scanner } from "../clean/scanner.ts";
import { decodeMessage, lookupType } from "../rpc/proto.ts";
import type { Archive } from "./archive.ts";
import { Action, type Comment } from "./comment.ts";

const type = lookupType("feimu.v1.Comment");
const HOUR_MS = 3_600_000;
/** Comments that are looked at, of all rooms. */
const MAX_COMMENTS = 50_000;
/** So many are judged before the rooms have their turn again. */
const PIECE = 100;
const MAX_SAMPLE = 30;

export interface DryRunResult {
  /** feimu.v1.DryRunReply */
  readonly judged?: number;
  readonly complete?: boolean;
  readonly changes?: readonly { readonly before: Action; readonly after: Action; readonly count: number }[];
  readonly sample?: readonly {
    readonly text: string;
    readonly shown: string;
    readonly before: Action;
    readonly after: Action;
    readonly reasons: readonly string[];
  }[];
  readonly failure?: FailureCode;
  readonly errors?: readonly string[];
}

/**
 * What other settings would have done to the comments that are kept. They are judged twice, by the settings as they are and as they might
 * be: what was dropped is not kept, so what would be let through is not seen here.
 */
export class DryRuns {
  readonly #archive: Pick<Archive, "all" | "rooms" | "numberSince">;
  readonly #settings: () => CleanSettings;
  readonly #scanner: () => Scanner;
  readonly #maxComments: number;
  #busy = false;

  /** `scanner` opens one of its own: the rooms' goes on with the words that are in force. */
  constructor(
    archive: Pick<Archive, "all" | "rooms" | "numberSince">,
    settings: () => CleanSettings,
    scanner: () => Scanner,
    maxComments = MAX_COMMENTS,
  ) {
    this.#archive = archive;
    this.#settings = settings;
    this.#scanner = scanner;
    this.#maxComments = maxComments;
  }

  /** `json`: the settings of cleaning. One at a time. */
  async run(json: string, hours: number, signal: AbortSignal): Promise<DryRunResult> {
    if (this.#busy) return { failure: "DRY_RUN_BUSY" };
    this.#busy = true;
    try {
      const next = parseConfig({ clean: JSON.parse(json) }).clean;
      return await this.#compare(next, Date.now() - hours * HOUR_MS, signal);
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof SyntaxError)) throw error;
      return {
        failure: "CONFIG_INVALID",
        errors: error instanceof ConfigError ? error.errors : [error.message],
      };
    } finally {
      this.#busy = false;
    }
  }

  async #compare(next: CleanSettings, sinceMs: number, signal: AbortSignal): Promise<DryRunResult> {
    let nowMs = 0;
    // What repeats is counted either way; that is no verdict on what it says.
    const judgeBy = async (settings: CleanSettings) => {
      const scanner = this.#scanner();
      // The rooms go on meanwhile.
      scanner.setOwnWords(settings.words);
      await scanner.settled;
      return new Judge(scanner, { ...settings, foldS: 0 }, { now: () => nowMs });
    };
    const [old, changed] = [await judgeBy(this.#settings()), await judgeBy(next)];
    const counts = new Map<string, { before: Action; after: Action; count: number }>();
    const sample: NonNullable<DryRunResult["sample"]>[number][] = [];
    let judged = 0;
    for (const { platform, room } of this.#archive.rooms) {
      const first = this.#archive.numberSince(platform, room, sinceMs, this.#maxComments - judged);
      for (const bytes of this.#archive.all(platform, room, first)) {
        if (judged === this.#maxComments) break;
        const comment = decodeMessage(type, bytes) as Comment;
        nowMs = comment.receivedMs;
        judged++;
        if (judged % PIECE === 0) {
          await immediate();
          signal.throwIfAborted();
        }
        const [was, is] = [old.judge(comment), changed.judge(comment)];
        const before = was.verdict?.action ?? Action.SHOW;
        const after = is.verdict?.action ?? Action.SHOW;
        if (before === after && was.text === is.text) continue;
        const key = `${before} ${after}`;
        const change = counts.get(key) ?? { before, after, count: 0 };
        change.count++;
        counts.set(key, change);
        if (sample.length < MAX_SAMPLE) {
          sample.push({
            text: was.text ?? "",
            shown: is.text ?? "",
            before,
            after,
            reasons: is.verdict?.reasons ?? [],
          });
        }
      }
    }
    return { judged, complete: judged < this.#maxComments, changes: [...counts.values()], sample };
  }
}
