import { mediaAddon } from "../../media/addon.ts";

// The sending side: the clock of a frame starts when its raw picture is there.
const [port, width, height, fps, kbps] = process.argv.slice(2).map(Number);
const sender = new (mediaAddon().PhoneSender)({
  host: "127.0.0.1",
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
