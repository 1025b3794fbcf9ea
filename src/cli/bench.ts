import { type Command, UsageError } from "./command.ts";

const benches: Record<string, () => object | Promise<object>> = {
  ingest: async () => (await import("../comments/bench-ingest.ts")).benchIngest(),
  stage: async () => (await import("../stage/bench-stage.ts")).benchStage(),
};

export const command: Command = {
  summary: `Measure this machine: ${Object.keys(benches).join(", ")}`,
  usage: "NAME [--json]",
  positionals: 1,
  options: { json: { type: "boolean", about: "JSON on one line (indented without)" } },
  async run({ json }, [name]) {
    const bench = benches[name ?? ""];
    if (!bench) {
      throw new UsageError(`Expected one of ${Object.keys(benches).join(", ")} but received "${name ?? ""}"`);
    }
    process.stdout.write(`${JSON.stringify(await bench(), null, json ? undefined : 2)}\n`);
    return 0;
  },
};
