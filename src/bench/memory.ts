import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pssKib } from "../box/memory.ts";
import { runtimeDirOf } from "../box/paths.ts";
import { connect, watch } from "../rpc/client.ts";
import type { Message } from "../rpc/proto.ts";

const ROOM_PORT = 17_001;
const RTP_PORT = 15_004;
/** The caches of a first start are warm, glyphs are drawn, garbage was collected. */
const SETTLE_MS = 20_000;

const command = fileURLToPath(new URL("../../scripts/feimu", import.meta.url));
const simulator = (name: string) => fileURLToPath(new URL(`../simulators/${name}/main.ts`, import.meta.url));

async function measure(box: ChildProcess, configFile: string): Promise<Record<string, number>> {
  const client = connect(join(runtimeDirOf(configFile), "box.sock"), "feimu.v1.Box");
  try {
    for await (const { processes } of watch(client, "watchProcesses", {}, AbortSignal.timeout(30_000))) {
      if (processes.length < 4 || processes.some(({ state }: Message) => state !== "serving")) continue;
      await delay(SETTLE_MS);
      const all: [string, number][] = [
        ["box", box.pid ?? 0],
        ...processes.map(({ name, pid }: Message) => [name, pid]),
      ];
      const sizes = await Promise.all(
        all.map(async ([name, pid]) => [name, Math.round((await pssKib(pid)) / 1024)] as const),
      );
      return { ...Object.fromEntries(sizes), totalMb: sizes.reduce((sum, [, mb]) => sum + mb, 0) };
    }
    throw new Error("the box did not start within 30 s");
  } finally {
    client.close();
  }
}

/** PSS of all five processes, MB: idle, and with a 720p picture and a live room. */
export async function benchMemory(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "feimu-memory-"));
  const configFile = join(folder, "config.json");
  const at = `http://127.0.0.1:${ROOM_PORT}`;
  await writeFile(
    configFile,
    JSON.stringify({
      web: { host: "127.0.0.1", port: 18_080 },
      rooms: [{ platform: "bilibili", id: "21452505", endpoints: { api: at, live: at } }],
      sources: [{ kind: "rtp", listen: `127.0.0.1:${RTP_PORT}` }],
    }),
  );
  const children: ChildProcess[] = [];
  const start = (file: string, ...args: string[]) => {
    const child = spawn(file, args, { stdio: "ignore" });
    children.push(child);
    return child;
  };
  try {
    const box = start(command, "run", "--config", configFile);
    const idle = await measure(box, configFile);
    start(process.execPath, simulator("bilibili"), "--port", String(ROOM_PORT));
    start(process.execPath, simulator("phone"), "--to", `127.0.0.1:${RTP_PORT}`);
    return { idle, playing: await measure(box, configFile) };
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await delay(2_000);
    await rm(folder, { recursive: true, force: true });
  }
}
