import { existsSync } from "node:fs";
import { join } from "node:path";
import { demoConfigFile, runtimeDirOf } from "../box/paths.ts";
import { connect, type RpcClient } from "../rpc/client.ts";
import type { ProcessName } from "../rpc/process.ts";

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

export const configOption = {
  config: { type: "string", about: "Configuration of the box (default: the one scripts/run uses)" },
} as const;

/** A client of the running box that uses this configuration. Throws UsageError when there is none. */
export function connectTo(
  config: string | boolean | undefined,
  process: ProcessName,
  service: string,
): RpcClient {
  const file = typeof config === "string" ? config : demoConfigFile();
  const socket = join(runtimeDirOf(file), `${process}.sock`);
  if (!existsSync(socket)) {
    throw new UsageError(`no box runs on ${file}. Start it with scripts/run, or name its --config FILE`);
  }
  return connect(socket, service);
}

/** The first message of a stream, or undefined after the deadline. */
export async function firstOf(client: RpcClient, method: string, deadlineMs = 3_000) {
  for await (const message of client.stream(method, {}, AbortSignal.timeout(deadlineMs))) return message;
  return undefined;
}
