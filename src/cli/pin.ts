import { type Command, configOption, connectTo, patient } from "./command.ts";

export const command: Command = {
  summary: "Put a PIN on the display that lets one more device in",
  usage: "[--config FILE]",
  positionals: 0,
  options: configOption,
  async run({ config }) {
    const control = connectTo(config, "control", "feimu.v1.Control");
    try {
      const { pin } = await control.unary("offerPin", {}, patient);
      process.stdout.write(
        pin ? `${pin}  (ten minutes, one use)\n` : "there were too many wrong PINs; wait, then ask again\n",
      );
      return pin ? 0 : 1;
    } finally {
      control.close();
    }
  },
};
