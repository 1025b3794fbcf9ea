import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { platforms } from "../../src/rooms/registry.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { type SimulatedName, simulatedRooms, simulators } from "../../src/simulators/registry.ts";
import type { RoomSimulator } from "../../src/simulators/room-simulator.ts";
import { BoxHarness } from "./box-harness.ts";

const RED = 0xff0000;
const WHITE = 0xffffff;
/** How many pixels are nearly of the colour. */
function pixelsOf(colour: number, { data }: { data: Buffer }): number {
  let pixels = 0;
  for (let at = 0; at < data.length; at += 4) {
    const away = [16, 8, 0].map((shift, channel) =>
      Math.abs(data[at + channel]! - ((colour >> shift) & 255)),
    );
    if (Math.max(...away) < 40) pixels++;
  }
  return pixels;
}
/** They send no colours, so their comments are white. */
const colourless = new Set<SimulatedName>(["douyin", "bilibili-open"]);

describe("a room that is added on the page", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  const open: RoomSimulator[] = [];
  let cookie = "";
  const call = (method: string, path: string, body?: object) =>
    fetch(`http://127.0.0.1:${box.webPort}${path}`, {
      method,
      headers: { cookie, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  before(async () => {
    await box.start({
      rooms: [],
      sources: [],
      danmaku: { opacity: 1, outline: false, speed: 4, fontPx: 72 },
    });
    const claim = await call("POST", "/api/claim", { pin: await box.pin() });
    assert.equal(claim.status, 200);
    cookie = claim.headers.get("set-cookie")?.split(";")[0] ?? "";
  });
  after(async () => {
    for (const simulator of open) simulator.close();
    await box.stop();
  });

  for (const platform of Object.keys(simulators) as SimulatedName[]) {
    it(`of ${platform} feeds the stage`, async () => {
      const simulator = simulators[platform]("21452505");
      open.push(simulator);
      await simulator.listen(0);
      const transport = platforms[platform].own ? "websocket" : platforms[platform].transports[0]!;
      const room = simulatedRooms[platform](simulator, transport) as { id: string };
      const added = await call("POST", "/api/rooms", { platform, transport, ...room });
      assert.deepEqual([added.status, await added.json()], [200, {}]);
      await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) =>
        rooms.some((one: Message) => one.platform === platform && one.state === "live"),
      );
      while (simulator.clients === 0) await delay(5);
      const colour = colourless.has(platform) ? WHITE : RED;
      const before = pixelsOf(colour, await box.snapshot());
      simulator.say({ text: "飞幕飞幕飞幕", colour: RED, author: "观众" });
      let shown = 0;
      for (let tries = 0; shown < before + 300; tries++) {
        if (tries === 100) throw new Error(`never on the stage: ${before}, at last ${shown}`);
        shown = pixelsOf(colour, await box.snapshot());
        await delay(50);
      }
      assert.equal((await call("DELETE", `/api/rooms/${platform}/${room.id}`)).status, 200);
      await box.until(
        "stage",
        "feimu.v1.Stage",
        "watchStatus",
        ({ commentsOnScreen }) => commentsOnScreen === 0,
      );
    });
  }
});
