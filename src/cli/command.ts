import { existsSync } from "node:fs";
import { join } from "node:path";
import { demoConfigFile, runtimeDirOf } from "../box/paths.ts";
import { explainIn } from "../catalogue/failures.ts";
import { connect, type RpcClient } from "../rpc/client.ts";
import type { ProcessName } from "../rpc/process.ts";
import type { Message } from "../rpc/proto.ts";

export interface Command {
  readonly summary: string;
  /** What follows the command's name, e.g. "FILE.png [--config FILE]". */
  readonly usage: string;
  readonly positionals: number;
  readonly options: Record<string, { readonly type: "string" | "boolean"; readonly about: string }>;
  /** Returns the exit status. */
  run(values: Record<string, string | boolean | undefined>, positionals: string[]): Promise<number>;
}

/** A wrong argument: the message names it and the right ones. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Cause and next step of a failure. */
export const explain = (code: string): string => explainIn("en", code);

export const configOption = {
  config: { type: "string", about: "Configuration of the box (default: the one scripts/run uses)" },
} as const;

/** Of a command's call: a process that ended is back within seconds, and nobody should have to ask again. */
export const patient = { deadlineMs: 20_000, waitForReady: true };

/** A client of the running box that uses this configuration. Throws UsageError when there is none. */
export function connectTo(
  config: string | boolean | undefined,
  process: ProcessName,
  service: string,
): RpcClient {
  const file = typeof config === "string" ? config : demoConfigFile();
  const socketOf = (name: ProcessName) => join(runtimeDirOf(file), `${name}.sock`);
  if (!existsSync(socketOf("box"))) {
    throw new UsageError(`no box runs on ${file}. Start it with scripts/run, or name its --config FILE`);
  }
  return connect(socketOf(process), service);
}

/** The first message of one process's stream; undefined when it does not answer, so that one dead process hides no other. */
export async function ask(
  config: string | boolean | undefined,
  process: ProcessName,
  service: string,
  method: string,
  deadlineMs = 3_000,
): Promise<Message | undefined> {
  try {
    const client = connectTo(config, process, service);
    try {
      for await (const message of client.stream(method, {}, AbortSignal.timeout(deadlineMs))) return message;
    } finally {
      client.close();
    }
  } catch {
    // It is away.
  }
  return undefined;
}
