import { flushCompileCache } from "node:module";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Config } from "../box/config.ts";
import { processLog } from "../host/log.ts";
import { serviceManager } from "../host/service-manager.ts";
import { connect, type RpcClient, watch } from "./client.ts";
import type { Message } from "./proto.ts";
import { type RpcServer, type Service, serve } from "./server.ts";

export type ProcessName = "box" | "stage" | "media" | "comments" | "control";

export interface ProcessContext {
  /** Folder of all sockets. */
  readonly runtimeDir: string;
  readonly log: Logger;
  /** Aborted at SIGTERM, SIGINT, or when the supervisor is gone. */
  readonly signal: AbortSignal;
  /** The configuration in force now; `control` gets it as people set it, also in safe mode. */
  readonly config: Config;
  /** Called with each later configuration; in `control` with each of the box's revisions, also where it changes nothing. */
  onConfig(listener: (config: Config, revision: number) => void): void;
  /**
   * Serves this process's contracts on its own socket; health says SERVING from then on. A service manager is told
   * that the process is alive as long as its event loop turns and `alive` says so.
   */
  serve(services: readonly Service[], alive?: () => boolean): Promise<RpcServer>;
  /** A client of another process, closed at the end. */
  connect(process: ProcessName, service: string): RpcClient;
}

/** The folder of this process's sockets, from the environment of its supervisor. */
export function runtimeDirFromEnvironment(): string {
  const folder = process.env.FEIMU_RUNTIME_DIR;
  if (!folder) throw new Error("FEIMU_RUNTIME_DIR is not set: this process is started by `feimu run`");
  return folder;
}

/**
 * The frame of every process but `box`: configuration from the supervisor, one JSON log line on stdout,
 * an orderly end. `main` sets up and may return; the process lives until the signal.
 */
export async function runProcess(
  name: Exclude<ProcessName, "box">,
  main: (context: ProcessContext) => Promise<void>,
): Promise<void> {
  const runtimeDir = runtimeDirFromEnvironment();
  const log = processLog(name);
  const stop = new AbortController();
  const clients = new Set<RpcClient>();
  let server: RpcServer | undefined;
  for (const signalName of ["SIGTERM", "SIGINT"] as const) process.on(signalName, () => stop.abort());
  // The supervisor holds the other end of the channel: its death must not leave orphans on a development machine.
  process.on("disconnect", () => stop.abort());
  // A pipe of the log that nobody reads any more must not end the process.
  process.stdout.on("error", () => {});

  const context = {
    connect(to: ProcessName, service: string) {
      const client = connect(join(runtimeDir, `${to}.sock`), service);
      clients.add(client);
      return client;
    },
  };
  const box = context.connect("box", "feimu.v1.Box");
  const configs = watch(box, "watchConfig", {}, stop.signal)[Symbol.asyncIterator]();
  try {
    const first = await configs.next();
    if (first.done) return;
    const listeners: ((config: Config, revision: number) => void)[] = [];
    const inForce = ({ json, safeJson }: Message) => (name === "control" ? json : safeJson || json) as string;
    let json = inForce(first.value);
    let config = JSON.parse(json) as Config;
    await main({
      runtimeDir,
      log,
      signal: stop.signal,
      get config() {
        return config;
      },
      onConfig: (listener) => void listeners.push(listener),
      async serve(services, alive) {
        server = await serve(join(runtimeDir, `${name}.sock`), services);
        server.setServing(true);
        const manager = serviceManager();
        manager?.notify("READY=1");
        manager?.keepAlive(stop.signal, alive);
        return server;
      },
      connect: context.connect,
    });
    // A process that is killed writes nothing at its end.
    flushCompileCache();
    for (;;) {
      const next = await configs.next();
      if (next.done) break;
      if (inForce(next.value) === json && name !== "control") continue;
      json = inForce(next.value);
      config = JSON.parse(json) as Config;
      for (const listener of listeners) listener(config, next.value.revision);
    }
  } catch (error) {
    log.fatal({ err: error }, "process ended");
    process.exitCode = 1;
  } finally {
    stop.abort();
    server?.close();
    for (const client of clients) client.close();
    // Native threads and sockets of libraries may linger; a supervisor waits for us.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}
