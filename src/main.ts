import { parseArgs } from "node:util";
import { ConfigError } from "./box/config.ts";
import { type Command, explain, UsageError } from "./cli/command.ts";

/** Each command is loaded only when it runs: `feimu --help` must not load a gRPC stack. */
const commands: Record<string, () => Promise<{ command: Command }>> = {
  run: () => import("./cli/run.ts"),
  demo: () => import("./cli/demo.ts"),
  send: () => import("./cli/send.ts"),
  status: () => import("./cli/status.ts"),
  snapshot: () => import("./cli/snapshot.ts"),
  pin: () => import("./cli/pin.ts"),
  comments: () => import("./cli/comments.ts"),
  clean: () => import("./cli/clean.ts"),
  bench: () => import("./cli/bench.ts"),
  doctor: () => import("./cli/doctor.ts"),
  health: () => import("./cli/health.ts"),
  units: () => import("./cli/units.ts"),
};

async function overview(): Promise<string> {
  const lines = ["Usage: feimu COMMAND [ARGUMENTS]", "", "Commands (feimu COMMAND --help tells more):"];
  for (const [name, load] of Object.entries(commands)) {
    lines.push(`  ${name.padEnd(10)} ${(await load()).command.summary}`);
  }
  return `${lines.join("\n")}\n`;
}

function usage(name: string, command: Command): string {
  const options = Object.entries({ ...command.options, help: { type: "boolean", about: "This text" } });
  const lines = [`Usage: feimu ${name} ${command.usage}`.trimEnd(), "", command.summary, ""];
  for (const [option, { type, about }] of options) {
    lines.push(`  ${`--${option}${type === "string" ? " VALUE" : ""}`.padEnd(20)} ${about}`);
  }
  return `${lines.join("\n")}\n`;
}

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(await overview());
    return name === undefined ? 2 : 0;
  }
  const load = commands[name];
  if (!load)
    throw new UsageError(`Expected one of ${Object.keys(commands).join(", ")} but received "${name}"`);
  const { command } = await load();
  let parsed: ReturnType<typeof parseArgs>;
  try {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([option, { type }]) => [option, { type }]),
    );
    parsed = parseArgs({
      args: rest,
      options: { ...options, help: { type: "boolean" } },
      allowPositionals: true,
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const right = Object.keys(command.options).map((option) => `--${option}`);
    throw new UsageError(`${message}. Options of feimu ${name}: ${[...right, "--help"].join(", ")}`, {
      cause,
    });
  }
  if (parsed.values.help) {
    process.stdout.write(usage(name, command));
    return 0;
  }
  if (parsed.positionals.length > command.positionals) {
    throw new UsageError(
      `feimu ${name}: "${parsed.positionals[command.positionals]}" is too much. ${command.usage}`,
    );
  }
  return await command.run(parsed.values as Record<string, string | boolean | undefined>, parsed.positionals);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError || error instanceof ConfigError) {
    process.stderr.write(`feimu: ${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof Error && "code" in error && "details" in error) {
    // A gRPC status: the process is away, or does not answer in time.
    process.stderr.write(`feimu: ${explain("BOX_UNREACHABLE")} (${error.message})\n`);
    process.exitCode = 1;
  } else throw error;
}
