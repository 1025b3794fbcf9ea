import assert from "node:assert/strict";
import { pino } from "pino";
import { parseConfig } from "../../src/box/config.ts";
import type { Comment } from "../../src/comments/comment.ts";
import { BilibiliRoom } from "../../src/rooms/bilibili/room.ts";
import { RoomKeeper, type RoomStatus } from "../../src/rooms/keeper.ts";
import type { Misbehaviour } from "../../src/simulators/bilibili/room.ts";
import { BilibiliRoomSimulator } from "../../src/simulators/bilibili/room.ts";

const quiet = pino({ level: "silent" });

/** A keeper of the simulated room, over real sockets. */
class Kept {
  readonly simulator = new BilibiliRoomSimulator("21452505");
  readonly comments: Comment[] = [];
  readonly stop = new AbortController();
  readonly states: RoomStatus[] = [];
  readonly #wakes = new Set<() => void>();
  keeper: RoomKeeper | undefined;
  #ended: Promise<void> | undefined;

  async start(room: object = {}, timing = {}): Promise<void> {
    const port = await this.simulator.listen(0);
    const at = `http://127.0.0.1:${port}`;
    const config = parseConfig({
      rooms: [{ platform: "bilibili", id: "732", endpoints: { api: at, live: at }, ...room }],
    }).rooms[0]!;
    const wake = () => {
      if (this.keeper) this.states.push(this.keeper.status);
      for (const one of this.#wakes) one();
    };
    this.keeper = new RoomKeeper(
      new BilibiliRoom(config, { timing }),
      quiet,
      (comment) => {
        this.comments.push(comment);
        wake();
      },
      wake,
      () => 0,
    );
    this.#ended = this.keeper.run(this.stop.signal, 20);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wakes.add(resolve));
  }

  async untilState(state: string): Promise<void> {
    await this.until(() => this.keeper?.status.state === state);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.#ended;
    this.simulator.close();
  }
}

describe("a kept room", () => {
  let kept: Kept;
  beforeEach(() => {
    kept = new Kept();
  });
  afterEach(() => kept.end());

  for (const transport of ["websocket", "tcp"]) {
    it(`connects over ${transport} and gives comments`, async () => {
      await kept.start({ transport });
      await kept.untilState("live");
      const { longId, title, guest } = kept.keeper!.status;
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

  for (const how of ["drop", "bad-auth", "throttle", "risk-control"] satisfies Misbehaviour[]) {
    it(`comes back after ${how}`, async () => {
      await kept.start();
      await kept.untilState("live");
      kept.simulator.misbehave(how);
      await kept.untilState("recovering");
      await kept.untilState("live");
      assert(kept.keeper!.status.reconnects >= 1);
      assert.equal(kept.keeper!.status.failure, undefined);
      kept.simulator.say({ text: "又来了" });
      await kept.until(() => kept.comments.length === 1);
    });
  }

  it("takes the next day's keys", async () => {
    await kept.start();
    await kept.untilState("live");
    kept.simulator.misbehave("new-keys");
    kept.simulator.misbehave("bad-auth");
    await kept.untilState("recovering");
    await kept.untilState("live");
  });

  it("skips garbage and goes on", async () => {
    await kept.start();
    await kept.untilState("live");
    kept.simulator.misbehave("garbage");
    kept.simulator.say({ text: "后面的" });
    await kept.until(() => kept.comments.length === 1);
    assert.equal(kept.keeper!.status.reconnects, 0);
  });

  it("notices a connection that stays silent", async () => {
    await kept.start({}, { silenceMs: 200, heartbeatMs: 50 });
    await kept.untilState("live");
    kept.simulator.misbehave("stall");
    await kept.until(() => kept.keeper!.status.failure === "ROOM_STALLED");
    await kept.untilState("live");
  });

  it("gives no comment twice", async () => {
    await kept.start();
    await kept.untilState("live");
    const command = { cmd: "SUPER_CHAT_MESSAGE", data: { id: 5, uid: 1, message: "一次", price: 1 } };
    kept.simulator.send(command, command);
    kept.simulator.say({ text: "完" });
    await kept.until(() => kept.comments.some(({ text }) => text === "完"));
    assert.equal(kept.comments.length, 2);
  });

  it("says when there is no such room", async () => {
    await kept.start({ id: "404404" });
    await kept.untilState("refused");
    assert.equal(kept.keeper!.status.failure, "ROOM_NOT_FOUND");
  });

  it("says when nobody answers", async () => {
    await kept.start({ endpoints: { api: "http://127.0.0.1:9", live: "http://127.0.0.1:9" } });
    await kept.until(() => kept.keeper!.status.failure === "ROOM_UNREACHABLE");
  });
});
