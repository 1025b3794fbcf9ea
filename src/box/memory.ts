import { readFile } from "node:fs/promises";

/** Proportional set size of a process, KiB: what it shares with others is divided among them. 0 when it is gone. */
export async function pssKib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}
