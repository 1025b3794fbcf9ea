import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runtimeDirOf } from "../box/paths.ts";
import { connect, type RpcClient, watch } from "../rpc/client.ts";
import type { ProcessName } from "../rpc/process.ts";
import type { Message } from "../rpc/proto.ts";

const feimu = fileURLToPath(new URL("../../scripts/feimu", import.meta.url));

/** A whole box for a measurement, on a configuration that goes with it. */
export class TemporaryBox {
  readonly #children: ChildProcess[] = [];
  readonly #clients: RpcClient[] = [];
  readonly #folder: string;
  readonly #configFile: string;
  readonly #box: ChildProcess;

  private constructor(folder: string, configFile: string) {
    this.#folder = folder;
    this.#configFile = configFile;
    this.#box = this.spawn(feimu, "run", "--config", configFile);
  }

  static async start(config: object): Promise<TemporaryBox> {
    const folder = await mkdtemp(join(tmpdir(), "feimu-bench-"));
    const configFile = join(folder, "config.json");
    await writeFile(configFile, JSON.stringify(config));
    return new TemporaryBox(folder, configFile);
  }

  /** A program that ends with the box. */
  spawn(file: string, ...args: string[]): ChildProcess {
    const child = spawn(file, args, { stdio: "ignore" });
    this.#children.push(child);
    return child;
  }

  client(process: ProcessName, service: string): RpcClient {
    const client = connect(join(runtimeDirOf(this.#configFile), `${process}.sock`), service);
    this.#clients.push(client);
    return client;
  }

  /** Name and pid of all five processes, when all serve. */
  async processes(): Promise<[string, number][]> {
    const client = this.client("box", "feimu.v1.Box");
    for await (const { processes } of watch(client, "watchProcesses", {}, AbortSignal.timeout(30_000))) {
      if (processes.length < 4 || processes.some(({ state }: Message) => state !== "serving")) continue;
      return [["box", this.#box.pid ?? 0], ...processes.map(({ name, pid }: Message) => [name, pid])];
    }
    throw new Error("the box did not start within 30 s");
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const child of this.#children) child.kill("SIGTERM");
    await delay(2_000);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
