import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { benchProgram, describe, type LinkDescription, type ScenarioResult } from "./battery.ts";
import { ADDRESSES, LinkPair, lateness } from "./namespaces.ts";

const PORT = 7_000;
const tcpScript = fileURLToPath(new URL("tcp.py", import.meta.url));

const lines = (child: ChildProcess) =>
  createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();

async function nextLine(of: AsyncIterator<string>, who: string): Promise<string> {
  const { value, done } = await of.next();
  if (done) throw new Error(`${who} has ended; it says why on stderr`);
  return value;
}

/** Linux's TCP, CUBIC as the scenarios want it, one connection after another as they are due. */
async function startTcp(pair: LinkPair, link: LinkDescription, beginNs: bigint, signal: AbortSignal) {
  const output: SpawnOptions = { stdio: ["pipe", "pipe", "inherit"], signal, killSignal: "SIGKILL" };
  const receiver = pair.run("b", "python3", [tcpScript, "receive", String(PORT)], output);
  const received = lines(receiver);
  receiver.on("error", () => {});
  await nextLine(received, "the TCP receiver");
  for (const [index, { beginS, bytes }] of link.tcp.entries()) {
    const atMs = beginS * 1e3 - Number(process.hrtime.bigint() - beginNs) / 1e6;
    sleep(Math.max(0, atMs), undefined, { signal })
      .then(() => {
        const words = [tcpScript, "send", ADDRESSES.b, String(PORT), String(index), String(bytes)];
        pair
          .run("a", "python3", words, { stdio: ["ignore", "ignore", "inherit"], signal })
          .on("error", () => {});
      })
      .catch(() => {});
  }
  return async () => {
    receiver.stdin?.write("report\n");
    const bytes = JSON.parse(await nextLine(received, "the TCP receiver")) as Record<string, number>;
    return link.tcp.map((_, index) => bytes[index] ?? 0);
  };
}

/**
 * The same flows as the battery's over real sockets, in real time, through the emulator between two namespaces; root
 * only. One result as the battery prints it: its queue is what the emulator's trace says of each packet, and the
 * sender's own.
 */
export async function runReal(given: readonly string[]): Promise<ScenarioResult> {
  const link = await describe(given);
  const folder = await mkdtemp(join(tmpdir(), "feimu-link-"));
  const packets = join(folder, "packets.csv");
  const ending = new AbortController();
  try {
    await using pair = await LinkPair.open({ steps: link.steps, trace: packets });
    const beginNs = process.hrtime.bigint();
    const tcpBytes =
      link.tcp.length > 0 ? await startTcp(pair, link, beginNs, ending.signal) : async () => [] as number[];
    const { promise: flowsEnd, reject } = Promise.withResolvers<never>();
    const flows = spawn(
      benchProgram("feimu-link-flows"),
      [
        ...given,
        ...["--from", pair.names.a, "--from-address", ADDRESSES.a],
        ...["--to", pair.names.b, "--to-address", ADDRESSES.b],
        ...["--begin-us", String(beginNs / 1000n), "--packets", packets],
      ],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    try {
      flows.on("error", reject);
      const said = lines(flows);
      await Promise.race([nextLine(said, "feimu-link-flows"), flowsEnd]);
      const brought = await tcpBytes();
      ending.abort();
      const emulator = lateness(await pair.close());
      flows.stdin?.write(`${brought.join(" ")}\n`);
      const result = JSON.parse(await nextLine(said, "feimu-link-flows")) as ScenarioResult;
      return {
        ...result,
        emulator,
      };
    } finally {
      if (flows.exitCode === null && flows.signalCode === null) {
        flows.stdin?.end();
        await Promise.race([once(flows, "exit"), sleep(5_000).then(() => flows.kill("SIGKILL"))]);
      }
    }
  } finally {
    ending.abort();
    await rm(folder, { recursive: true });
  }
}
