import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseConfig, readConfig, writeConfig } from "../box/config.ts";
import { demoConfigFile } from "../box/paths.ts";
import type { Command } from "./command.ts";

const ROOM = "21452505";
const FIRST_PORT = 7001;
const at = (index: number) => `http://127.0.0.1:${FIRST_PORT + index}`;
/** Simulated, in the order of their ports. */
const rooms = [
  { platform: "bilibili", endpoints: { api: at(0), live: at(0) } },
  { platform: "douyu", endpoints: { web: at(1), mobile: at(1), gifts: at(1), danmaku: at(1) } },
  { platform: "kuaishou", endpoints: { web: at(2) }, credentials: { cookie: "did=web_simulated" } },
  { platform: "huya", endpoints: { web: at(3), socket: at(3) } },
].map((room) => ({ id: ROOM, ...room }));
/** The phone-like sender has a source of its own, so that 5004, the first in order, stays free for yours. */
const phoneAddress = "127.0.0.1:5006";

const demoConfig = {
  name: "feimu-demo",
  rooms: [...rooms, { platform: "venue", id: "大厅" }],
  sources: [
    { kind: "rtp", listen: "127.0.0.1:5004" },
    { kind: "rtp", listen: phoneAddress },
    { kind: "test-pattern", width: 1280, height: 720, fps: 30 },
  ],
};

const entry = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Shows a person what matters of the box's log: the PIN, and what went wrong. */
function showLog(line: string): void {
  try {
    const { level, msg, pin, process: name, failure } = JSON.parse(line);
    if (pin) process.stdout.write(`  PIN      ${pin}  (asked for once, by the page)\n`);
    else if (level >= 40) process.stdout.write(`  ${name}: ${msg}${failure ? ` (${failure})` : ""}\n`);
  } catch {
    process.stdout.write(`${line}\n`);
  }
}

export const command: Command = {
  summary: "Run the box with simulated rooms and a simulated phone (what scripts/run starts)",
  usage: "",
  positionals: 0,
  options: {},
  async run() {
    const configFile = demoConfigFile();
    await mkdir(dirname(configFile), { recursive: true });
    if (
      !(await access(configFile).then(
        () => true,
        () => false,
      ))
    ) {
      await writeConfig(configFile, parseConfig(demoConfig));
    }
    const config = await readConfig(configFile);
    const logFile = join(dirname(configFile), "box.log");
    const log = createWriteStream(logFile);

    const start = (path: string, args: string[]): ChildProcess => {
      const child = spawn(process.execPath, [entry(path), ...args], { stdio: ["ignore", "pipe", "pipe"] });
      for (const output of [child.stdout, child.stderr]) output?.pipe(log, { end: false });
      return child;
    };
    const simulators = [
      start("simulators/main.ts", [
        ...["--room", ROOM, "--port", String(FIRST_PORT)],
        ...rooms.flatMap(({ platform }) => ["--platform", platform]),
      ]),
      start("main.ts", ["send", "--to", phoneAddress, "--quiet"]),
    ];
    const box = start("main.ts", ["run", "--config", configFile]);
    createInterface({ input: box.stdout! }).on("line", showLog);
    createInterface({ input: box.stderr! }).on("line", (line) => process.stdout.write(`${line}\n`));

    process.stdout.write(
      [
        "Feimu is starting with simulated rooms of four platforms, a room for guests, and a simulated phone.",
        `  page     http://127.0.0.1:${config.web.port}/`,
        `  settings ${configFile}`,
        `  log      ${logFile}`,
        "  PIN      printed here while the box has no owner; scripts/feimu pin lets another browser in",
        "  stop     Ctrl-C",
        "",
      ].join("\n"),
    );
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => box.kill("SIGTERM"));
    try {
      const [code] = await once(box, "exit");
      return code ?? 0;
    } finally {
      for (const simulator of simulators) simulator.kill("SIGTERM");
    }
  },
};
