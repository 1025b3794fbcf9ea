import assert from "node:assert/strict";
import type { RoomConfig } from "../../src/box/config.ts";
import { Kind } from "../../src/comments/comment.ts";
import { BilibiliRoom } from "../../src/rooms/bilibili/room.ts";
import { BilibiliRoomSimulator } from "../../src/simulators/bilibili/room.ts";
import { Kept } from "./kept.ts";

const open =
  (timing = {}) =>
  async (config: RoomConfig) =>
    new BilibiliRoom(config, { timing });

describe("a kept room", () => {
  let kept: Kept<BilibiliRoomSimulator>;
  beforeEach(() => {
    kept = new Kept(new BilibiliRoomSimulator("21452505"));
  });
  const start = (room = {}, timing = {}, firstDelayMs?: number) => {
    const config = () => {
      const at = `http://127.0.0.1:${kept.simulator.port}`;
      return { platform: "bilibili", id: "732", endpoints: { api: at, live: at }, ...room };
    };
    return kept.start(config, open(timing), firstDelayMs);
  };
  afterEach(() => kept.end());

  for (const transport of ["websocket", "tcp"]) {
    it(`connects over ${transport} and gives comments`, async () => {
      await start({ transport });
      await kept.untilState("live");
      const { longId, title, guest } = kept.status;
      assert.deepEqual(
        { longId, title, guest },
        { longId: "21452505", title: "飞幕演示直播间", guest: true },
      );
      kept.simulator.say({ text: "一", author: "甲" });
      kept.simulator.say(
        { text: "二", colour: 0xff0000, mode: "top" },
        { kind: "gift", text: "小花花", price: 1 },
      );
      await kept.until(() => kept.comments.length === 3);
      assert.deepEqual(
        kept.comments.map(({ text, gift }) => text ?? gift?.name),
        ["一", "二", "小花花"],
      );
      assert.equal(kept.comments[1]?.colour, 0xff0000);
      assert.equal(kept.comments[2]?.price?.milli, 1000);
    });
  }

  for (const how of ["drop", "bad-auth", "throttle", "risk-control"]) {
    it(`comes back after ${how}`, async () => {
      await start();
      await kept.untilState("live");
      kept.simulator.misbehave(how);
      await kept.untilState("recovering");
      await kept.untilState("live");
      assert(kept.status.reconnects >= 1);
      assert.equal(kept.status.failure, undefined);
      kept.simulator.say({ text: "又来了" });
      await kept.until(() => kept.comments.length === 1);
    });
  }

  it("takes the next day's keys", async () => {
    await start();
    await kept.untilState("live");
    kept.simulator.misbehave("new-keys");
    kept.simulator.misbehave("bad-auth");
    await kept.untilState("recovering");
    await kept.untilState("live");
  });

  it("skips garbage and goes on", async () => {
    await start();
    await kept.untilState("live");
    kept.simulator.misbehave("garbage");
    kept.simulator.say({ text: "后面的" });
    await kept.until(() => kept.comments.length === 1);
    assert.equal(kept.status.reconnects, 0);
  });

  it("notices a connection that stays silent", async () => {
    await start({}, { heartbeatMs: 100, answerMs: undefined });
    await kept.untilState("live");
    kept.simulator.misbehave("stall");
    await kept.until(() => kept.status.failure === "ROOM_STALLED");
    await kept.untilState("live");
  });

  it("notices a heartbeat that is not answered", async () => {
    await start({}, { heartbeatMs: 3_000, answerMs: 50 });
    await kept.untilState("live");
    kept.simulator.misbehave("stall");
    await kept.until(() => kept.status.failure === "ROOM_STALLED");
    await kept.untilState("live");
  });

  it("gives no comment twice", async () => {
    await start();
    await kept.untilState("live");
    const command = { cmd: "SUPER_CHAT_MESSAGE", data: { id: 5, uid: 1, message: "一次", price: 1 } };
    kept.simulator.send(command, command);
    kept.simulator.say({ text: "完" });
    await kept.until(() => kept.comments.some(({ text }) => text === "完"));
    assert.equal(kept.comments.length, 2);
  });

  it("says when there is no such room", async () => {
    await start({ id: "404404" });
    await kept.untilState("refused");
    assert.equal(kept.status.failure, "ROOM_NOT_FOUND");
  });

  it("says when nobody answers", async () => {
    await start({ endpoints: { api: "http://127.0.0.1:9", live: "http://127.0.0.1:9" } });
    await kept.until(() => kept.status.failure === "ROOM_UNREACHABLE");
  });

  it("says when the box's own clock is what is wrong, and when it tries again", async () => {
    await start();
    await kept.untilState("live");
    kept.simulator.misbehave("wrong-clock");
    await kept.until(() => kept.status.failure === "ROOM_CLOCK_WRONG");
    assert((kept.status.retryMs ?? 0) > performance.now() - 1_000);
    await kept.untilState("live");
    assert.equal(kept.status.retryMs, undefined);
  });

  it("follows a room without a login when the cookie has run out, and says so", async () => {
    await start({ credentials: { cookie: "SESSDATA=old" } });
    await kept.untilState("live");
    assert.equal(kept.status.warning, "ROOM_COOKIE_EXPIRED");
  });

  describe("after a while away", () => {
    const AWAY_MS = 900;
    const texts = () => kept.comments.map(({ text, gapS }) => text ?? `${gapS} s missing`);
    /** Loses the room for some seconds, in which something is said. */
    const away = async (sayings: number) => {
      await start({}, {}, AWAY_MS);
      await kept.untilState("live");
      kept.simulator.say({ text: "before" });
      await kept.until(() => kept.comments.length === 1);
      kept.simulator.misbehave("bad-auth");
      await kept.untilState("recovering");
      const said = Array.from({ length: sayings }, (_, index) => `away ${index}`);
      for (const text of said) kept.simulator.say({ text });
      await kept.untilState("live");
      return said;
    };

    it("gives what the platform still knows, each once", async () => {
      const said = await away(3);
      await kept.until(() => kept.comments.length === 4);
      kept.simulator.say({ text: "after" });
      await kept.until(() => kept.comments.length === 5);
      assert.deepEqual(texts(), ["before", ...said, "after"]);
    });

    it("says how much is missing where the platform remembers too little", async () => {
      const said = await away(15);
      await kept.until(() => kept.comments.length === 12);
      assert.deepEqual(texts().slice(0, -1), ["before", ...said.slice(5)]);
      assert.match(texts().at(-1) ?? "", /^[1-4] s missing$/);
      assert.equal(kept.comments.at(-1)?.kind, Kind.NOTICE);
    });

    it("says how much is missing where the platform tells nothing", async () => {
      await start({}, {}, AWAY_MS);
      await kept.untilState("live");
      kept.simulator.misbehave("no-history");
      kept.simulator.misbehave("drop");
      await kept.untilState("recovering");
      await kept.untilState("live");
      await kept.until(() => kept.comments.length === 1);
      assert.deepEqual(texts(), ["1 s missing"]);
    });
  });
});
