import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** One part of the measurement in a process of its own, when it is ready. */
export async function start(name: string, ...args: (string | number)[]): Promise<ChildProcess> {
  const child = fork(file(name), args.map(String), {
    serialization: "advanced",
    env: process.env,
  });
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`${name} ended with ${code}`);
    }),
  ]);
  if (message !== "ready") throw new Error(`${name} said ${JSON.stringify(message)}`);
  return child;
}

/** What it has measured; it ends with that. */
export async function report<T>(child: ChildProcess): Promise<T> {
  child.send("report");
  const [message] = await once(child, "message");
  return message as T;
}
