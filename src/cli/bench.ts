import { type Command, UsageError } from "./command.ts";

const benches: Record<
  string,
  (options: { viewer: boolean; minutes: number; data: string | undefined }) => object | Promise<object>
> = {
  glass: async ({ viewer }) =>
    viewer
      ? (await import("../bench/glass/viewer.ts")).benchViewer()
      : (await import("../bench/glass/glass.ts")).benchGlass(),
  stage: async () => (await import("../bench/stage.ts")).benchStage(),
  memory: async () => (await import("../bench/memory.ts")).benchMemory(),
  rooms: async () => (await import("../bench/rooms/index.ts")).benchRooms(),
  soak: async ({ minutes }) => (await import("../bench/soak/index.ts")).benchSoak(minutes),
  clean: async ({ data }) => (await import("../bench/clean/index.ts")).benchClean(data),
  ingest: async () => (await import("../bench/ingest/index.ts")).benchIngest(),
};

export const command: Command = {
  summary: `Measure this machine: ${Object.keys(benches).join(", ")}`,
  usage: "NAME [--json] [--viewer] [--minutes N] [--data FOLDER]",
  positionals: 1,
  options: {
    viewer: { type: "boolean", about: "glass: to the frame that a browser on the page presents" },
    minutes: { type: "string", about: "soak: how long, 30 without" },
    data: { type: "string", about: "clean: comments of yours to measure on (docs/performance.md)" },
    json: { type: "boolean", about: "JSON on one line (indented without)" },
  },
  async run({ json, viewer, minutes, data }, [name]) {
    const bench = benches[name ?? ""];
    if (!bench) {
      throw new UsageError(`Expected one of ${Object.keys(benches).join(", ")} but received "${name ?? ""}"`);
    }
    const options = {
      viewer: viewer === true,
      minutes: Number(minutes ?? 30),
      data: typeof data === "string" ? data : undefined,
    };
    if (!(options.minutes > 0)) throw new UsageError(`Expected more than 0 for --minutes`);
    process.stdout.write(`${JSON.stringify(await bench(options), null, json ? undefined : 2)}\n`);
    return 0;
  },
};
