import { EventEmitter, once } from "node:events";
import type { Config } from "../box/config.ts";
import type { RpcClient } from "../rpc/client.ts";
import { ApiError } from "../web/api.ts";

/** From the box's answer until watchConfig has brought what it answered to. */
const TOLD_MS = 5_000;

/** The top-level keys to replace in the configuration as it is; undefined: none. Throws ApiError. */
export type Change = (config: Config) => Partial<Config> | undefined;

/**
 * The configuration as the box last told it, and the one way to change it. The box replaces a key whole: a change has to be made of what the one
 * before it left, or of two at once the first is lost.
 */
export class Settings {
  readonly #box: RpcClient;
  readonly #events = new EventEmitter<{ taken: [] }>();
  #config: Config;
  #revision = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `box`: feimu.v1.Box */
  constructor(box: RpcClient, config: Config) {
    this.#box = box;
    this.#config = config;
  }

  get config(): Config {
    return this.#config;
  }

  /** What watchConfig brought. */
  take(config: Config, revision: number): void {
    this.#config = config;
    this.#revision = revision;
    this.#events.emit("taken");
  }

  /** One at a time. Resolves when `config` has it. Throws what `make` throws, and ApiError with what is wrong with the change. */
  change(make: Change): Promise<void> {
    const done = this.#last.then(() => this.#change(make));
    this.#last = done.catch(() => {});
    return done;
  }

  async #change(make: Change) {
    const change = make(this.#config);
    if (!change) return;
    const { revision, errors, failure } = await this.#box.unary("patchConfig", {
      json: JSON.stringify(change),
    });
    if (errors.length > 0) throw new ApiError(400, failure || "CONFIG_INVALID", { errors });
    const signal = AbortSignal.timeout(TOLD_MS);
    while (this.#revision < revision) await once(this.#events, "taken", { signal });
  }
}
