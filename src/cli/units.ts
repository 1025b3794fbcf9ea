import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { units } from "../box/units.ts";
import { type Command, UsageError } from "./command.ts";

export const command: Command = {
  summary: "Write the image's systemd units, made from the process table",
  usage: "FOLDER",
  positionals: 1,
  options: {},
  async run(_values, [folder]) {
    if (!folder) throw new UsageError("feimu units: expected a FOLDER to write to");
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(units())) await writeFile(join(folder, name), text);
    return 0;
  },
};
