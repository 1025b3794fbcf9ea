import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { connect, watch } from "../rpc/client.ts";
import { Listeners } from "../rpc/follow.ts";
import { compileCacheDir } from "./paths.ts";
import {
  type ChildName,
  childNames,
  nodeArguments,
  processEnvironment,
  processTable,
} from "./process-table.ts";

/** First restart comes at once-ish, then ever later, so that a broken process cannot eat the machine. */
const firstDelayMs = 100;
const longestDelayMs = 10_000;
/**
 * Code compiled once is read from the disk afterwards, and the compiler that strips the types is not even loaded:
 * 10 MB and a quarter of a second a process.
 */
const leanEnvironment = { NODE_COMPILE_CACHE: compileCacheDir(), ...processEnvironment };
/** A process is asked this often, and ended when it has not answered for the longer time. */
const checkEveryMs = 2_000;
const hungMs = 15_000;
/** A first start compiles everything, on a small board perhaps for long. */
const startGraceMs = 45_000;
/** A process that lived this long has earned the short delay again. */
const settledMs = 20_000;
const stopGraceMs = 3_000;

export interface ProcessStatus {
  readonly name: string;
  /** starting, serving, not-serving, waiting (before a restart) */
  readonly state: string;
  readonly pid: number;
  readonly restarts: number;
  readonly sinceMs: number;
}

/** Who keeps the processes, and how they are. */
export interface ProcessDriver {
  readonly status: readonly ProcessStatus[];
  onChange(listener: () => void): () => void;
  /** Returns when the signal has come and what it started has ended. */
  run(signal: AbortSignal): Promise<void>;
}

/** Delay before the restart after `failures` quick deaths in a row, ms. */
export function restartDelayMs(failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
}

/** Spawns the processes, watches their health, brings the dead ones back. */
export class Supervisor implements ProcessDriver {
  readonly #runtimeDir: string;
  readonly #stateDir: string;
  readonly #log: Logger;
  readonly #status = new Map<string, ProcessStatus>();
  readonly #listeners = new Listeners();

  constructor(options: { runtimeDir: string; stateDir: string; log: Logger }) {
    this.#runtimeDir = options.runtimeDir;
    this.#stateDir = options.stateDir;
    this.#log = options.log;
  }

  get status(): readonly ProcessStatus[] {
    return [...this.#status.values()];
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.on(listener);
  }

  #set(name: string, change: Partial<ProcessStatus>): void {
    const before = this.#status.get(name) ?? { name, state: "starting", pid: 0, restarts: 0, sinceMs: 0 };
    this.#status.set(name, { ...before, ...change, sinceMs: Date.now() });
    this.#listeners.tell();
  }

  /** Runs all processes until the signal; returns when the last one has ended. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(childNames.map((name) => this.#keep(name, signal)));
  }

  async #keep(name: ChildName, signal: AbortSignal): Promise<void> {
    let failures = 0;
    for (let restarts = 0; !signal.aborted; restarts++) {
      const startedMs = performance.now();
      const entry = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));
      const child = spawn(process.execPath, [...nodeArguments(processTable[name]), entry], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
        env: {
          ...leanEnvironment,
          ...process.env,
          FEIMU_RUNTIME_DIR: this.#runtimeDir,
          FEIMU_STATE_DIR: this.#stateDir,
        },
      });
      this.#set(name, { state: "starting", pid: child.pid ?? 0, restarts });
      const ended = new AbortController();
      const health = this.#watchHealth(name, child, ended.signal);
      const reason = await this.#untilExit(child, signal);
      ended.abort();
      await health;
      if (signal.aborted) return;
      failures = performance.now() - startedMs > settledMs ? 1 : failures + 1;
      const delayMs = restartDelayMs(failures);
      this.#log.warn({ child: name, reason, delayMs, restarts }, "process ended, will be restarted");
      this.#set(name, { state: "waiting", pid: 0, restarts });
      await delay(delayMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Why it ended, e.g. "SIGKILL" or "exit 1". Asks it to stop at the signal, insists after a grace. */
  async #untilExit(child: ChildProcess, signal: AbortSignal): Promise<string> {
    let insist: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill("SIGTERM");
      insist = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      const [code, killedBy] = await once(child, "exit");
      return killedBy ?? `exit ${code}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(insist);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Follows what a process says of itself, and ends one that says nothing any more. */
  async #watchHealth(name: string, child: ChildProcess, signal: AbortSignal): Promise<void> {
    const client = connect(join(this.#runtimeDir, `${name}.sock`), "grpc.health.v1.Health");
    let answeredMs = performance.now() + startGraceMs;
    const follow = async () => {
      for await (const reply of watch(client, "watch", {}, signal)) {
        answeredMs = performance.now();
        this.#set(name, { state: reply.status === 1 ? "serving" : "not-serving" });
      }
    };
    const check = async () => {
      while (!signal.aborted) {
        await delay(checkEveryMs, undefined, { signal }).catch(() => {});
        const reply = await client.unary("check", {}, { deadlineMs: checkEveryMs }).catch(() => undefined);
        if (reply) answeredMs = performance.now();
        if (signal.aborted || performance.now() - answeredMs < hungMs) continue;
        this.#log.error({ child: name, hungMs }, "process does not answer, will be killed");
        child.kill("SIGKILL");
        return;
      }
    };
    try {
      await Promise.all([follow(), check()]);
    } finally {
      client.close();
    }
  }
}
