import { flushCompileCache } from "node:module";
import { processLog } from "../host/log.ts";
import { runBox } from "./box.ts";
import { ConfigError } from "./config.ts";

/** Runs a box in this process until SIGTERM or SIGINT. Exit status 2: the configuration cannot be used. */
export async function main(configFile: string, { units = false } = {}): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop.abort());
  const log = processLog("box");
  flushCompileCache();
  try {
    await runBox(configFile, log, stop.signal, { units });
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
