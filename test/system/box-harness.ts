import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PNG } from "pngjs";
import type { Config } from "../../src/box/config.ts";
import { runtimeDirOf } from "../../src/box/paths.ts";
import { connect, type RpcClient, watch } from "../../src/rpc/client.ts";
import type { ProcessName } from "../../src/rpc/process.ts";
import type { Message } from "../../src/rpc/proto.ts";

const entry = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address && typeof address === "object");
  server.close();
  await once(server, "close");
  return address.port;
}

/** A whole box with a simulated room, as `feimu run` starts it, on ports and folders of its own. */
export class BoxHarness {
  readonly #children: ChildProcess[] = [];
  readonly #clients: RpcClient[] = [];
  readonly #stop = new AbortController();
  readonly log: string[] = [];
  /** For all processes, beside what this one has. */
  readonly environment: NodeJS.ProcessEnv = {};
  folder = "";
  configFile = "";
  roomPort = 0;
  rtpPort = 0;
  webPort = 0;

  async start(overrides: object = {}): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), "feimu-box-"));
    this.configFile = join(this.folder, "config.json");
    this.roomPort = await freePort();
    this.rtpPort = await freePort();
    this.webPort ||= await freePort();
    const room = `http://127.0.0.1:${this.roomPort}`;
    const config = {
      name: "feimu-test",
      web: { host: "127.0.0.1", port: this.webPort },
      rooms: [{ platform: "bilibili", id: "21452505", endpoints: { api: room, live: room } }],
      sources: [{ kind: "rtp", listen: `127.0.0.1:${this.rtpPort}` }],
      display: { width: 640, height: 360, refreshHz: 30 },
      ...overrides,
    };
    await writeFile(this.configFile, JSON.stringify(config));
    this.spawn("simulators/main.ts", "--port", String(this.roomPort), "--quiet");
    this.spawn("main.ts", "run", "--config", this.configFile);
    await this.until(
      "box",
      "feimu.v1.Box",
      "watchProcesses",
      ({ processes }) =>
        processes.length === 4 && processes.every(({ state }: Message) => state === "serving"),
    );
  }

  spawn(path: string, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [entry(path), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.environment, XDG_CACHE_HOME: join(this.folder, "cache") },
    });
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => this.log.push(text));
    }
    this.#children.push(child);
    return child;
  }

  /** What `feimu ARGS` prints about this box. */
  async command(...args: string[]): Promise<string> {
    const child = this.spawn("main.ts", ...args, "--config", this.configFile);
    let text = "";
    child.stdout?.on("data", (more: string) => {
      text += more;
    });
    const [status] = await once(child, "close");
    assert.equal(status, 0, this.log.join("").slice(-2_000));
    return text;
  }

  client(process: ProcessName, service: string): RpcClient {
    const client = connect(join(runtimeDirOf(this.configFile), `${process}.sock`), service);
    this.#clients.push(client);
    return client;
  }

  /** The first message of a stream that is as wanted; over restarts of the process. */
  async until(
    process: ProcessName,
    service: string,
    method: string,
    wanted: (message: Message) => boolean,
    withinMs = 15_000,
  ): Promise<Message> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(withinMs)]);
    let last: Message;
    for await (const message of watch(this.client(process, service), method, {}, signal)) {
      last = message;
      if (wanted(message)) return message;
    }
    const log = this.log.join("").split("\n").slice(-20).join("\n");
    throw new Error(`${service}.${method} never said so; last ${JSON.stringify(last)}\n${log}`);
  }

  /** The box's first configuration that is as wanted. */
  async untilConfig(wanted: (config: Config) => boolean): Promise<Config> {
    const { json } = await this.until("box", "feimu.v1.Box", "watchConfig", ({ json }) =>
      wanted(JSON.parse(json)),
    );
    return JSON.parse(json);
  }

  /** What is lit, and since when. */
  async snapshot(): Promise<PNG & { presentedUs: number }> {
    const { png, presentedUs } = await this.client("stage", "feimu.v1.Stage").unary(
      "snapshot",
      {},
      { deadlineMs: 10_000 },
    );
    return Object.assign(PNG.sync.read(Buffer.from(png)), { presentedUs });
  }

  /** A viewer of the simulated room says something. */
  async say(comment: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.roomPort}/simulator/say`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(comment),
    });
    assert(response.ok, `say: ${response.status}`);
    const { clients } = (await response.json()) as { clients: number };
    if (clients === 0) this.log.push("a viewer of the room said something that nobody was told\n");
  }

  /** The platform sends a command as it is. */
  async send(command: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.roomPort}/simulator/send`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(command),
    });
    assert(response.ok, `send: ${response.status}`);
  }

  /** For configurations that name the port themselves. */
  async takeWebPort(): Promise<number> {
    this.webPort = await freePort();
    return this.webPort;
  }

  /** The PIN that the log shows last. */
  async pin(): Promise<string> {
    for (;;) {
      const pins = [...this.log.join("").matchAll(/"pin":"(\d{8})"/g)];
      const last = pins.at(-1)?.[1];
      if (last) return last;
      await delay(50);
    }
  }

  async untilRestarted(name: string, pid: number): Promise<void> {
    await this.until("box", "feimu.v1.Box", "watchProcesses", ({ processes }) =>
      processes.some((one: Message) => one.name === name && one.state === "serving" && one.pid !== pid),
    );
  }

  async pidOf(name: string): Promise<number> {
    const { processes } = await this.until("box", "feimu.v1.Box", "watchProcesses", () => true);
    return processes.find((process: Message) => process.name === name).pid;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const client of this.#clients) client.close();
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }),
    );
    await rm(runtimeDirOf(this.configFile), { recursive: true, force: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}
