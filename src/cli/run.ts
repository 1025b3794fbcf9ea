import { main } from "../box/main.ts";
import { demoConfigFile } from "../box/paths.ts";
import { type Command, configOption } from "./command.ts";

export const command: Command = {
  summary: "Run the box on a configuration",
  usage: "[--config FILE] [--units]",
  positionals: 0,
  options: {
    ...configOption,
    units: {
      type: "boolean",
      about: "The other processes are units of the service manager: follow, do not start them",
    },
  },
  run: ({ config, units }) =>
    main(typeof config === "string" ? config : demoConfigFile(), { units: units === true }),
};
