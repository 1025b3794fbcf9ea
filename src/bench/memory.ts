import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pssKib } from "../box/memory.ts";
import { TemporaryBox } from "./temporary-box.ts";

const ROOM_PORT = 17_001;
const RTP_PORT = 15_004;
/** The caches of a first start are warm, glyphs are drawn, garbage was collected. */
const SETTLE_MS = 20_000;

const source = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

async function measure(box: TemporaryBox): Promise<Record<string, number>> {
  const processes = await box.processes();
  await delay(SETTLE_MS);
  const sizes = await Promise.all(
    processes.map(async ([name, pid]) => [name, Math.round((await pssKib(pid)) / 1024)] as const),
  );
  return { ...Object.fromEntries(sizes), totalMb: sizes.reduce((sum, [, mb]) => sum + mb, 0) };
}

/** PSS of all five processes, MB: idle, and with a 720p picture and a live room. */
export async function benchMemory(): Promise<object> {
  const at = `http://127.0.0.1:${ROOM_PORT}`;
  const box = await TemporaryBox.start({
    web: { host: "127.0.0.1", port: 18_080 },
    rooms: [{ platform: "bilibili", id: "21452505", endpoints: { api: at, live: at } }],
    sources: [{ kind: "rtp", listen: `127.0.0.1:${RTP_PORT}` }],
  });
  try {
    const idle = await measure(box);
    box.spawn(process.execPath, source("simulators/main.ts"), "--port", String(ROOM_PORT));
    box.spawn(process.execPath, source("main.ts"), "send", "--quiet", "--to", `127.0.0.1:${RTP_PORT}`);
    return { idle, playing: await measure(box) };
  } finally {
    await box.stop();
  }
}
