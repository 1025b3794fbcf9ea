import type { LinkBenchOptions } from "../bench/link/index.ts";
import { type Command, UsageError } from "./command.ts";

interface BenchOptions {
  readonly viewer: boolean;
  readonly minutes: number;
  readonly data: string | undefined;
  readonly link: LinkBenchOptions;
}

const benches: Record<string, (options: BenchOptions) => object | Promise<object | string>> = {
  glass: async ({ viewer }) =>
    viewer
      ? (await import("../bench/glass/viewer.ts")).benchViewer()
      : (await import("../bench/glass/glass.ts")).benchGlass(),
  stage: async () => (await import("../bench/stage.ts")).benchStage(),
  memory: async () => (await import("../bench/memory.ts")).benchMemory(),
  rooms: async () => (await import("../bench/rooms/index.ts")).benchRooms(),
  soak: async ({ minutes }) => (await import("../bench/soak/index.ts")).benchSoak(minutes),
  clean: async ({ data }) => (await import("../bench/clean/index.ts")).benchClean(data),
  link: async ({ link }) => (await import("../bench/link/index.ts")).benchLink(link),
  ingest: async () => (await import("../bench/ingest/index.ts")).benchIngest(),
};

export const command: Command = {
  summary: `Measure this machine: ${Object.keys(benches).join(", ")}`,
  usage:
    "NAME [--json] [--viewer] [--minutes N] [--data FOLDER] [--scenario NAME] [--real] [--svg FOLDER] ...",
  positionals: 1,
  options: {
    viewer: { type: "boolean", about: "glass: to the frame that a browser on the page presents" },
    minutes: { type: "string", about: "soak: how long, 30 without" },
    data: { type: "string", about: "clean: comments of yours to measure on (docs/performance.md)" },
    scenario: {
      type: "string",
      about: "link: one scenario, e.g. rfc8867-5.1, lan, drop, chromium; all without",
    },
    trace: { type: "string", about: "link: a link of your own, its steps in a file (docs/link.md)" },
    without: { type: "string", about: "link: leave a deviation of the controller out (docs/link.md)" },
    seed: { type: "string", about: "link: other losses and waits" },
    svg: { type: "string", about: "link: plots into this folder" },
    seeds: { type: "string", about: "link: with the seeds 1 to this; the worst figure counts" },
    seconds: { type: "string", about: "link: no longer than this" },
    slices: { type: "string", about: "link: slices of a picture, 4 without" },
    "max-kbps": { type: "string", about: "link: what the source can use, with --trace" },
    "pacing-of-media": { type: "string", about: "link: pace at this many times the media's rate" },
    "no-pacing": { type: "boolean", about: "link: packets leave at once" },
    "no-rtx": { type: "boolean", about: "link: nothing is sent again" },
    "no-fec": { type: "boolean", about: "link: no parity" },
    real: { type: "boolean", about: "link: over sockets between two namespaces (root), in real time" },
    peer: { type: "string", about: "link: gstreamer or wrtc sends instead, between two namespaces" },
    table: { type: "boolean", about: "link: Markdown of all scenarios and comparisons" },
    json: { type: "boolean", about: "JSON on one line (indented without)" },
  },
  async run({ json, viewer, minutes, data, ...rest }, [name]) {
    const bench = benches[name ?? ""];
    if (!bench) {
      throw new UsageError(`Expected one of ${Object.keys(benches).join(", ")} but received "${name ?? ""}"`);
    }
    const options = {
      link: rest as LinkBenchOptions,
      viewer: viewer === true,
      minutes: Number(minutes ?? 30),
      data: typeof data === "string" ? data : undefined,
    };
    if (!(options.minutes > 0)) throw new UsageError(`Expected more than 0 for --minutes`);
    const result = await Promise.resolve(bench(options)).catch((error: unknown) => {
      throw error instanceof Error && error.name === "BatteryArgumentError"
        ? new UsageError(error.message)
        : error;
    });
    if (name === "link" && !json && typeof result === "object") {
      process.stdout.write((await import("../bench/link/table.ts")).summary(result));
      return 0;
    }
    process.stdout.write(
      typeof result === "string" ? result : `${JSON.stringify(result, null, json ? undefined : 2)}\n`,
    );
    return 0;
  },
};
