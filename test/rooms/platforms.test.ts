import assert from "node:assert/strict";
import { Kind } from "../../src/comments/comment.ts";
import { openRoom, type PlatformName, platforms, roomIn } from "../../src/rooms/registry.ts";
import { type SimulatedName, simulatedRooms, simulators } from "../../src/simulators/registry.ts";
import type { RoomSimulator } from "../../src/simulators/room-simulator.ts";
import { Kept } from "./kept.ts";

const titleless = new Set<PlatformName>(["douyin", "custom"]);
const colourless = new Set<PlatformName>(["douyin", "bilibili-open"]);

for (const [platform, room] of Object.entries(simulatedRooms) as [
  SimulatedName,
  (typeof simulatedRooms)[SimulatedName],
][]) {
  for (const transport of platforms[platform].own ? ["websocket"] : platforms[platform].transports) {
    describe(`a room of ${platform} over ${transport}`, () => {
      let kept: Kept<RoomSimulator>;
      beforeEach(async () => {
        const simulator = simulators[platform]("21452505");
        kept = new Kept(simulator);
        await kept.start(() => ({ platform, transport, ...room(simulator, transport) }), openRoom);
        await kept.untilState("live");
        while (simulator.clients === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      });
      afterEach(() => kept.end());

      it("gives what its people say and do", async () => {
        const { simulator, status } = kept;
        assert.equal(status.longId, "21452505");
        // Douyin's title stands on a page that lets no program in, and an own system has none.
        if (!titleless.has(platform)) assert.equal(status.title, "飞幕演示直播间");
        simulator.say(
          { text: "你好/@=飞幕", author: "甲/@", colour: 0xff0000 },
          { text: "第二条", author: "乙" },
        );
        simulator.say({ kind: "gift", text: "荧光棒", author: "丙" });
        simulator.say({ kind: "enter", author: "丁" });
        await kept.until(() => kept.comments.length === 4);
        const [first, second, gift, enter] = kept.comments;
        assert.deepEqual([first?.text, first?.author?.name, first?.kind], ["你好/@=飞幕", "甲/@", Kind.CHAT]);
        if (!colourless.has(platform)) assert.equal(first?.colour, 0xff0000);
        assert.equal(second?.text, "第二条");
        assert.deepEqual([gift?.kind, gift?.gift?.name, gift?.author?.name], [Kind.GIFT, "荧光棒", "丙"]);
        assert([Kind.ENTER, Kind.NOTICE].some((kind) => kind === enter?.kind));
        assert.equal(enter?.author?.name, "丁");
        for (const comment of kept.comments) assert.equal(comment.platform, platform);
        assert.equal(new Set(kept.comments.map(({ id }) => id)).size, 4);
      });

      for (const how of titleless.has(platform) ? ["drop", "bad-auth"] : ["drop", "bad-auth", "throttle"]) {
        it(`comes back after ${how}`, async () => {
          kept.simulator.misbehave(how);
          await kept.untilState("recovering");
          await kept.untilState("live");
          assert.equal(kept.status.failure, undefined);
          while (kept.simulator.clients === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          kept.simulator.say({ text: "又来了" });
          await kept.until(() => kept.comments.length === 1);
        });
      }

      it("skips garbage and goes on", async () => {
        kept.simulator.misbehave("garbage");
        // A stream whose framing is lost cannot be read on: there it connects anew.
        const again = setInterval(() => kept.simulator.say({ text: "后面的" }), 20);
        try {
          await kept.until(() => kept.comments.some(({ text }) => text === "后面的"));
        } finally {
          clearInterval(again);
        }
        if (transport === "websocket") assert.equal(kept.status.reconnects, 0);
      });

      it("says goodbye when it is no longer wanted", async () => {
        await kept.end();
        assert.equal(kept.status.state, "idle");
        while (kept.simulator.clients > 0) await new Promise((resolve) => setTimeout(resolve, 1));
      });
    });
  }
}

describe("the address of a room", () => {
  const addresses: [string, PlatformName, string][] = [
    ["https://live.bilibili.com/21452505?spm_id_from=333.1007", "bilibili", "21452505"],
    ["live.bilibili.com/h5/732", "bilibili", "732"],
    ["https://www.douyu.com/9999", "douyu", "9999"],
    ["https://www.douyu.com/topic/LOLS?rid=288016", "douyu", "288016"],
    ["https://m.douyu.com/feimu", "douyu", "feimu"],
    ["https://live.douyin.com/80017709309", "douyin", "80017709309"],
    ["https://www.huya.com/lpl", "huya", "lpl"],
    ["https://live.kuaishou.com/u/3xabc-_9", "kuaishou", "3xabc-_9"],
  ];
  for (const [address, platform, id] of addresses) {
    it(`${address} is ${platform} ${id}`, () => assert.deepEqual(roomIn(address), { platform, id }));
  }

  it("is not seen in other texts", () => {
    for (const text of ["21452505", "", "https://example.org/1", "http://", "live.bilibili.com/", "你好"]) {
      assert.equal(roomIn(text), undefined, text);
    }
  });
});
