import type { Logger } from "pino";
import type { RoomConfig } from "../box/config.ts";
import { cleanText } from "../clean/clean-text.ts";
import { RoomKeeper } from "../rooms/keeper.ts";
import { openRoom } from "../rooms/registry.ts";
import type { Message } from "../rpc/proto.ts";
import type { Comment } from "./comment.ts";

interface Kept {
  readonly config: RoomConfig;
  readonly keeper: RoomKeeper;
  readonly stop: AbortController;
}

/** The rooms of the configuration, each with its keeper. A changed list disturbs only what changed in it. */
export class Rooms {
  readonly #log: Logger;
  readonly #onComment: (comment: Comment) => void;
  readonly #onChange: () => void;
  #kept: Kept[] = [];

  constructor(log: Logger, onComment: (comment: Comment) => void, onChange: () => void) {
    this.#log = log;
    this.#onComment = onComment;
    this.#onChange = onChange;
  }

  configure(configs: readonly RoomConfig[], signal: AbortSignal): void {
    const before = new Map(this.#kept.map((kept) => [JSON.stringify(kept.config), kept]));
    this.#kept = configs.map((config) => {
      const key = JSON.stringify(config);
      const kept = before.get(key);
      before.delete(key);
      return kept ?? this.#open(config, signal);
    });
    for (const { stop } of before.values()) stop.abort();
    this.#onChange();
  }

  #open(config: RoomConfig, signal: AbortSignal): Kept {
    const { platform, id } = config;
    const log = this.#log.child({ platform, configured: id });
    const keeper = new RoomKeeper(openRoom(config), log, this.#onComment, this.#onChange);
    const stop = new AbortController();
    void keeper.run(AbortSignal.any([signal, stop.signal]));
    return { config, keeper, stop };
  }

  /** feimu.v1.Rooms, in the order of the configuration. */
  get status(): Message {
    return {
      rooms: this.#kept.map(({ config, keeper }) => {
        const { title, failure, ...status } = keeper.status;
        return {
          platform: config.platform,
          id: config.id,
          ...status,
          title: cleanText(title),
          ...(failure && { failure }),
        };
      }),
    };
  }
}
