import { execFile } from "node:child_process";
import { access, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { readConfig } from "../box/config.ts";
import { demoConfigFile } from "../box/paths.ts";
import { type Command, configOption } from "./command.ts";

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do when it is not well. */
  readonly next?: string;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const list = (folder: string) => readdir(folder).catch(() => [] as string[]);

async function gpu(): Promise<Finding> {
  const nodes = (await list("/dev/dri")).filter((name) => name.startsWith("renderD"));
  return nodes.length > 0
    ? { what: "GPU", ok: true, found: nodes.join(", ") }
    : {
        what: "GPU",
        ok: false,
        found: "none: llvmpipe draws on the CPU",
        next: "load the GPU's kernel driver",
      };
}

async function displays(): Promise<Finding> {
  const connectors = (await list("/sys/class/drm")).filter((name) => name.includes("-"));
  return connectors.length > 0
    ? { what: "display", ok: true, found: connectors.join(", ") }
    : { what: "display", ok: true, found: "none: the headless display is used" };
}

async function fonts(): Promise<Finding[]> {
  const wanted = [
    ["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk"],
    ["/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", "fonts-noto-color-emoji"],
    ["/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "fonts-noto-core"],
  ] as const;
  return await Promise.all(
    wanted.map(async ([file, debianPackage]) => {
      const ok = await exists(file);
      const finding = { what: `font ${debianPackage}`, ok, found: ok ? file : "missing" };
      return ok ? finding : { ...finding, next: `apt-get install ${debianPackage}` };
    }),
  );
}

async function codecs(): Promise<Finding> {
  const { stdout } = await promisify(execFile)("ldconfig", ["-p"]).catch(() => ({ stdout: "" }));
  const codec = /libavcodec\.so\.\d+/.exec(stdout)?.[0];
  const x264 = /libx264\.so\.\d+/.exec(stdout)?.[0];
  return codec && x264
    ? { what: "H.264", ok: true, found: `software: ${codec} with ${x264}` }
    : { what: "H.264", ok: false, found: "libavcodec or x264 is missing", next: "run scripts/build" };
}

function port(host: string, number: number): Promise<Finding> {
  const what = `port ${number}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve({
        what,
        ok: false,
        found: error.code ?? error.message,
        next: "stop the program that uses it (perhaps a running box), or set web.port",
      }),
    );
    server.listen(number, host, () => server.close(() => resolve({ what, ok: true, found: "free" })));
  });
}

export const command: Command = {
  summary: "Tell what this machine offers, and what to do about what is missing",
  usage: "[--json] [--config FILE]",
  positionals: 0,
  options: { ...configOption, json: { type: "boolean", about: "JSON on stdout" } },
  async run({ config, json }) {
    const file = typeof config === "string" ? config : demoConfigFile();
    const web = (await exists(file)) ? (await readConfig(file)).web : { host: "0.0.0.0", port: 8080 };
    const findings = (
      await Promise.all([displays(), gpu(), codecs(), fonts(), port(web.host, web.port)])
    ).flat();
    if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    else {
      for (const { what, ok, found, next } of findings) {
        process.stdout.write(`${ok ? "ok  " : "look"}  ${what}: ${found}${next ? `; ${next}` : ""}\n`);
      }
    }
    return 0;
  },
};
