import type { Config } from "../box/config.ts";
import type { Message } from "../rpc/proto.ts";
import { ask, type Command, configOption, connectTo } from "./command.ts";

const ANSWER_MS = 10_000;

/** What is wrong with a running box as far as it depends on nothing outside it; undefined when nothing is. */
async function problem(config: string | boolean | undefined): Promise<string | undefined> {
  // Who asks where no box runs at all is told so.
  connectTo(config, "box", "feimu.v1.Box").close();
  const settings = await ask(config, "box", "feimu.v1.Box", "watchConfig", ANSWER_MS);
  if (!settings) return "the box does not answer";
  const processes = await ask(config, "box", "feimu.v1.Box", "watchProcesses", ANSWER_MS);
  const away = processes?.processes.find(({ state }: Message) => state !== "serving");
  if (away) return `${away.name} is ${away.state}`;
  const stage = await ask(config, "stage", "feimu.v1.Stage", "watchStatus", ANSWER_MS);
  if (!stage) return "the stage does not answer";
  // A cable that is out is nobody's fault.
  if (stage.connector && !stage.flips) return "the stage has shown nothing on the display";
  const { web } = JSON.parse(settings.json) as Config;
  const host = web.host === "0.0.0.0" || web.host === "::" ? "127.0.0.1" : web.host;
  const page = await fetch(`http://${host.includes(":") ? `[${host}]` : host}:${web.port}/api/hello`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(() => undefined);
  return page?.ok ? undefined : "the page does not answer";
}

export const command: Command = {
  summary: "Say whether the running box is well; exit status 1 and why when it is not",
  usage: "[--config FILE]",
  positionals: 0,
  options: configOption,
  async run({ config }) {
    const why = await problem(config);
    process.stdout.write(`${why ?? "well"}\n`);
    return why ? 1 : 0;
  },
};
