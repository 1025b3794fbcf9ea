import type { Logger } from "pino";
import type { RoomConfig } from "../box/config.ts";
import type { CleanText } from "../clean/clean-text.ts";
import { Budget } from "../rooms/budget.ts";
import { RoomKeeper } from "../rooms/keeper.ts";
import { type Post, PostError } from "../rooms/post.ts";
import { openRoom, type PlatformName, platforms } from "../rooms/registry.ts";
import type { Message } from "../rpc/proto.ts";
import type { Comment } from "./comment.ts";
import { Delay } from "./delay.ts";

interface Kept {
  config: RoomConfig;
  readonly keeper: RoomKeeper;
  readonly delay: Delay;
  readonly stop: AbortController;
}

/** The rooms of the configuration, each with its keeper. A changed list disturbs only what changed in it. */
export class Rooms {
  readonly #newest: (platform: string, room: string) => number;
  readonly #titleOf: (title: string) => CleanText;
  readonly #log: Logger;
  readonly #onComment: (comment: Comment, approval: boolean) => void;
  readonly #onChange: () => void;
  readonly #budgets = new Map<PlatformName, Budget>();
  #kept: Kept[] = [];

  /** `newest`: the number of a room's last comment; `titleOf`: a room's title as it may be shown. */
  constructor(
    log: Logger,
    onComment: (comment: Comment, approval: boolean) => void,
    onChange: () => void,
    newest: (platform: string, room: string) => number,
    titleOf: (title: string) => CleanText,
  ) {
    this.#newest = newest;
    this.#titleOf = titleOf;
    this.#log = log;
    this.#onComment = onComment;
    this.#onChange = onChange;
  }

  configure(configs: readonly RoomConfig[], signal: AbortSignal): void {
    // Another delay, or approval, needs no other connection.
    const keyOf = (config: RoomConfig) => JSON.stringify({ ...config, delayS: 0, approval: false });
    const before = new Map(this.#kept.map((kept) => [keyOf(kept.config), kept]));
    this.#kept = configs.map((config) => {
      const kept = before.get(keyOf(config)) ?? this.#open(config, signal);
      before.delete(keyOf(config));
      kept.config = config;
      kept.delay.delayMs = config.delayS * 1_000;
      return kept;
    });
    for (const { stop } of before.values()) stop.abort();
    this.#onChange();
  }

  #open(config: RoomConfig, signal: AbortSignal): Kept {
    const { platform, id } = config;
    const log = this.#log.child({ platform, configured: id });
    const delay = new Delay(config.delayS * 1_000, (comment) =>
      this.#onComment(comment, kept.config.approval),
    );
    const budget = this.#budgets.get(platform) ?? new Budget(platforms[platform].tolerance);
    this.#budgets.set(platform, budget);
    const keeper = new RoomKeeper(config, () => openRoom(config), budget, log, delay.push, this.#onChange);
    const stop = new AbortController();
    stop.signal.addEventListener("abort", () => delay.close(), { once: true });
    void keeper.run(AbortSignal.any([signal, stop.signal]));
    const kept: Kept = { config, keeper, delay, stop };
    return kept;
  }

  /** Gives a room what came for it. Returns how many messages of it are new. Throws PostError. */
  take(platform: string, id: string, post: Post): number {
    const room = this.#kept.find(({ config }) => config.platform === platform && config.id === id);
    if (!room) throw new PostError("POST_NOT_HERE", "there is no such room");
    return room.keeper.take(post);
  }

  /** Takes what is meant out of what waits for its room's delay. Returns what puts it back, where the room is still there. */
  readonly withdraw = (isMeant: (comment: Comment) => boolean): (() => void) => {
    const taken = this.#kept.map((kept) => ({ kept, put: kept.delay.withdraw(isMeant) }));
    return () => {
      for (const { kept, put } of taken) if (this.#kept.includes(kept)) put();
    };
  };

  /** feimu.v1.Rooms, in the order of the configuration. */
  get status(): Message {
    return {
      rooms: this.#kept.map(({ config, keeper }) => {
        const { title, failure, warning, retryMs, ...status } = keeper.status;
        const retryS = retryMs === undefined ? 0 : Math.max(0, (retryMs - performance.now()) / 1_000);
        return {
          platform: config.platform,
          delayS: config.delayS,
          approval: config.approval,
          id: config.id,
          hook: (config.transport ?? platforms[config.platform].transports[0]) === "webhook",
          ...status,
          title: this.#titleOf(title),
          newest: this.#newest(config.platform, status.longId),
          ...(failure && { failure }),
          ...(warning && { warning }),
          ...(retryS > 0 && { retryS }),
        };
      }),
    };
  }
}
