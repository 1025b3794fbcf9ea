import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { runBox } from "./box.ts";
import { ConfigError } from "./config.ts";

/** Runs a box in this process until SIGTERM or SIGINT. Exit status 2: the configuration cannot be used. */
export async function main(configFile: string, { units = false } = {}): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop.abort());
  const log = pino({ base: { process: "box" } });
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
