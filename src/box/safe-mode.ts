import type { Config } from "./config.ts";
import { defaultConfig } from "./config.ts";
import type { ProcessStatus } from "./supervisor.ts";

const RESTARTS = 3;
const WITHIN_MS = 5 * 60_000;

/**
 * Notices that a process ends again and again. From then on the box runs without what a configuration can do to it, until
 * somebody says that it is enough, or it starts anew.
 */
export class SafeMode {
  readonly #now: () => number;
  readonly #seen = new Map<string, number>();
  readonly #ends = new Map<string, number[]>();
  #because: string | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The process that ended again and again; undefined: no safe mode. */
  get because(): string | undefined {
    return this.#because;
  }

  /** Takes how the processes are. Returns true when safe mode began with it. */
  see(processes: readonly Pick<ProcessStatus, "name" | "restarts">[]): boolean {
    const before = this.#because;
    for (const { name, restarts } of processes) {
      const more = restarts - (this.#seen.get(name) ?? 0);
      this.#seen.set(name, restarts);
      if (more <= 0) continue;
      const since = this.#now() - WITHIN_MS;
      const ends = (this.#ends.get(name) ?? []).filter((time) => time > since);
      for (let end = 0; end < more; end++) ends.push(this.#now());
      this.#ends.set(name, ends);
      if (ends.length >= RESTARTS) this.#because ??= name;
    }
    return before === undefined && this.#because !== undefined;
  }

  leave(): void {
    this.#because = undefined;
    this.#ends.clear();
  }
}

/** What is in force in safe mode: no comments on the picture, a display mode that every display has; the rest as it was set. */
export function safeConfig(config: Config): Config {
  const { danmaku, display } = defaultConfig();
  const { backend, language } = config.display;
  return {
    ...config,
    danmaku: { ...danmaku, enabled: false },
    display: backend === "kms" ? { ...display, backend, language } : config.display,
  };
}
