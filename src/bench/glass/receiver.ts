import { join } from "node:path";
import { mediaAddon } from "../../media/addon.ts";

// The receiving half of the media process; without a port it makes pictures itself, as a load for others.
const [folder = "", host = "", sender = "", port, width, height] = process.argv.slice(2);
const media = new (mediaAddon().Media)({
  videoSocket: join(folder, "video.sock"),
  composedSocket: join(folder, "composed.sock"),
});
media.setSources([
  Number(port) > 0
    ? { kind: "rtp", host, port: Number(port), allow: [sender] }
    : { kind: "test-pattern", width: Number(width), height: Number(height), fps: 30 },
]);
process.on("message", () => {
  const report = media.status()[0];
  media.close();
  process.send!(report, () => process.exit());
});
process.send!("ready");
