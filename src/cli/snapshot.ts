import { writeFile } from "node:fs/promises";
import { type Command, configOption, connectTo, patient, UsageError } from "./command.ts";

export const command: Command = {
  summary: "Write what the stage shows now as a PNG file",
  usage: "FILE.png [--config FILE]",
  positionals: 1,
  options: configOption,
  async run({ config }, [file]) {
    if (!file) throw new UsageError("Expected a file name, e.g. feimu snapshot stage.png");
    const stage = connectTo(config, "stage", "feimu.v1.Stage");
    try {
      const { png } = await stage.unary("snapshot", {}, patient);
      await writeFile(file, png);
    } finally {
      stage.close();
    }
    return 0;
  },
};
