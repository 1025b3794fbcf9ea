import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../rpc/client.ts";
import { Listeners } from "../rpc/follow.ts";
import { type ChildName, childNames } from "./process-table.ts";
import type { ProcessDriver, ProcessStatus } from "./supervisor.ts";

const CHECK_EVERY_MS = 1_000;
const ANSWER_MS = 5_000;

/** Where a service manager starts, watches and restarts the processes: only follows how they are. */
export class UnitWatch implements ProcessDriver {
  readonly #runtimeDir: string;
  readonly #status = new Map<ChildName, ProcessStatus>();
  readonly #listeners = new Listeners();

  constructor(runtimeDir: string) {
    this.#runtimeDir = runtimeDir;
  }

  get status(): readonly ProcessStatus[] {
    return [...this.#status.values()];
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.on(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(childNames.map((name) => this.#follow(name, signal)));
  }

  async #follow(name: ChildName, signal: AbortSignal): Promise<void> {
    const client = connect(join(this.#runtimeDir, `${name}.sock`), "grpc.health.v1.Health");
    let restarts = 0;
    let served = false;
    try {
      while (!signal.aborted) {
        const reply = await client.unary("check", {}, { deadlineMs: ANSWER_MS }).catch(() => undefined);
        const state = reply
          ? reply.status === 1
            ? "serving"
            : "not-serving"
          : served
            ? "waiting"
            : "starting";
        const before = this.#status.get(name);
        if (before?.state === "waiting" && reply) restarts++;
        served ||= reply !== undefined;
        if (before?.state !== state) {
          this.#status.set(name, { name, state, pid: 0, restarts, sinceMs: Date.now() });
          this.#listeners.tell();
        }
        await delay(CHECK_EVERY_MS, undefined, { signal }).catch(() => {});
      }
    } finally {
      client.close();
    }
  }
}
