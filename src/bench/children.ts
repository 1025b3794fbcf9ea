import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts a program here (`spawn`) or in a network namespace. */
export type Launch = (program: string, words: readonly string[], options: SpawnOptions) => ChildProcess;

/** One part of the measurement in a process of its own, when it is ready. */
export async function start(
  module: URL,
  args: readonly (string | number)[],
  launch: Launch = spawn,
): Promise<ChildProcess> {
  const file = fileURLToPath(module);
  const child = launch(process.execPath, [file, ...args.map(String)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    }),
  ]);
  if (message !== "ready") throw new Error(`${file} said ${JSON.stringify(message)}`);
  return child;
}

/** What it has measured; it ends with that. */
export async function report<T>(child: ChildProcess): Promise<T> {
  child.send("report");
  const [message] = await once(child, "message");
  return message as T;
}
