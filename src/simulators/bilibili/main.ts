import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BilibiliRoomSimulator } from "./room.ts";
import { playTimeline, readTimeline } from "./timeline.ts";

// A live room on loopback that plays a timeline; see room.ts for its remote control.
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "7001" },
    room: { type: "string", default: "21452505" },
    timeline: { type: "string", default: fileURLToPath(new URL("timeline.json", import.meta.url)) },
    speed: { type: "string", default: "1" },
    quiet: { type: "boolean", default: false },
  },
});
const port = Number(values.port);
const speed = Number(values.speed);
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  throw new Error(`Expected a port but received "${values.port}"`);
if (!(speed > 0)) throw new Error(`Expected more than 0 for --speed but received "${values.speed}"`);

const stop = new AbortController();
const room = new BilibiliRoomSimulator(values.room);
const listening = await room.listen(port);
process.stdout.write(
  `${JSON.stringify({ level: 30, process: "room-simulator", msg: "room open", port: listening })}\n`,
);
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    stop.abort();
    room.close();
    process.exit();
  });
}
if (!values.quiet)
  await playTimeline(await readTimeline(values.timeline), speed, (saying) => room.say(saying), stop.signal);
