import { mediaAddon } from "../../media/addon.ts";

// The sending side: the clock of a frame starts when its raw picture is there.
const [host = "", ...numbers] = process.argv.slice(2);
const [port, width, height, fps, kbps] = numbers.map(Number);
const sender = new (mediaAddon().PhoneSender)({
  host,
  port: port!,
  width: width!,
  height: height!,
  fps: fps!,
  kbps: kbps!,
  clock: true,
});
process.on("message", () => {
  const report = sender.takeTimings();
  sender.close();
  process.send!(report, () => process.exit());
});
process.send!("ready");
