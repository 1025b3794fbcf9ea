import { main } from "../box/main.ts";
import { demoConfigFile } from "../box/paths.ts";
import { type Command, configOption } from "./command.ts";

export const command: Command = {
  summary: "Run the box on a configuration",
  usage: "[--config FILE]",
  positionals: 0,
  options: configOption,
  run: ({ config }) => main(typeof config === "string" ? config : demoConfigFile()),
};
