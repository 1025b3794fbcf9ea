import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { simulators } from "./registry.ts";
import type { RoomSimulator } from "./room-simulator.ts";
import { inTurn, playTimeline, readTimeline, type Timed } from "./timeline.ts";

// Live rooms on loopback, one a platform on ports that follow each other, whose viewers play a timeline in turn; see room-simulator.ts for
// their remote control.
const { values } = parseArgs({
  options: {
    platform: { type: "string", multiple: true, default: ["bilibili"] },
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

const isSimulated = (name: string): name is keyof typeof simulators => Object.hasOwn(simulators, name);
const rooms: RoomSimulator[] = [];
for (const [index, platform] of values.platform.entries()) {
  if (!isSimulated(platform)) {
    throw new Error(`Expected one of ${Object.keys(simulators).join(", ")} but received "${platform}"`);
  }
  const room = simulators[platform](values.room);
  const listening = await room.listen(port === 0 ? 0 : port + index);
  rooms.push(room);
  process.stdout.write(
    `${JSON.stringify({ level: 30, process: "room-simulator", msg: "room open", platform, port: listening })}\n`,
  );
}
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    stop.abort();
    for (const room of rooms) room.close();
    process.exit();
  });
}
if (!values.quiet) {
  const roomOf = inTurn(rooms.length);
  const say = ({ room, ...saying }: Omit<Timed, "atMs">) => rooms[roomOf(room)]?.say(saying);
  await playTimeline(await readTimeline(values.timeline), speed, say, stop.signal);
}
