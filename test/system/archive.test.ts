import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Comment } from "../../src/comments/comment.ts";
import { watch } from "../../src/rpc/client.ts";
import { BilibiliRoomSimulator } from "../../src/simulators/bilibili/room.ts";
import { BoxHarness } from "./box-harness.ts";

const ROOM = "21452505";
const A_TURN = 100;
const TURN_MS = 20;

describe("a storm of comments, and a process that is killed in it", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  const simulator = new BilibiliRoomSimulator(ROOM);
  before(async () => {
    const port = await simulator.listen(0);
    const at = `http://127.0.0.1:${port}`;
    await box.start({
      rooms: [{ platform: "bilibili", id: ROOM, endpoints: { api: at, live: at } }],
      // One author says it all.
      clean: { authorPer10s: 0 },
    });
  });
  after(async () => {
    await box.stop();
    simulator.close();
  });

  it("loses nothing that somebody was told, and tells nothing twice", async () => {
    const stop = new AbortController();
    const told = new Map<number, string>();
    const client = box.client("comments", "feimu.v1.Comments");
    let twice = 0;
    let newest = 0;
    const asked = () => ({ since: [{ platform: "bilibili", room: ROOM, sequence: newest }] });
    const listening = (async () => {
      for await (const { sequence = 0, id } of watch(client, "subscribe", asked, stop.signal)) {
        if (told.has(sequence)) twice++;
        told.set(sequence, id);
        newest = sequence;
      }
    })();
    let said = 0;
    const talk = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        simulator.say(...Array.from({ length: A_TURN }, () => ({ text: `第${++said}条`, author: "观众" })));
        await delay(TURN_MS);
      }
    };
    while (simulator.clients === 0) await delay(10);
    for (let kill = 0; kill < 2; kill++) {
      const talking = talk(50);
      await delay(500);
      const pid = await box.pidOf("comments");
      process.kill(pid, "SIGKILL");
      await box.untilRestarted("comments", pid);
      await talking;
      while (simulator.clients === 0) await delay(10);
    }
    await talk(5);
    const rooms = await box.until(
      "comments",
      "feimu.v1.Comments",
      "watchRooms",
      ({ rooms }) => rooms[0]?.newest > 0 && rooms[0]?.newest === newest,
    );
    stop.abort();
    await listening;
    assert.equal(twice, 0);
    assert.equal(new Set(told.values()).size, told.size);
    assert.equal(rooms.rooms[0].newest, newest);
    // From the beginning, as somebody new asks: the archive has all that was told.
    const kept: Comment[] = [];
    const all = { since: [{ platform: "bilibili", room: ROOM, sequence: 0 }] };
    const again = new AbortController();
    for await (const comment of client.stream("subscribe", all, again.signal)) {
      kept.push(comment as Comment);
      if ((comment.sequence ?? 0) >= newest) break;
    }
    again.abort();
    const first = kept[0]?.sequence ?? 0;
    assert.equal(new Set(kept.map(({ id }) => id)).size, kept.length);
    for (const { sequence = 0, id } of kept) if (told.has(sequence)) assert.equal(told.get(sequence), id);
    for (const sequence of told.keys()) {
      if (sequence >= first)
        assert(
          kept.some((one) => one.sequence === sequence),
          `${sequence} is lost`,
        );
    }
    assert(kept.length > 1_000, `${kept.length} of ${said}`);
  });
});
