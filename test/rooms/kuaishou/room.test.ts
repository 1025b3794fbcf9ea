import assert from "node:assert/strict";
import { openRoom } from "../../../src/rooms/registry.ts";
import { KuaishouRoomSimulator } from "../../../src/simulators/kuaishou/room.ts";
import { Kept } from "../kept.ts";

describe("a room of kuaishou", () => {
  let kept: Kept<KuaishouRoomSimulator>;
  beforeEach(() => {
    kept = new Kept(new KuaishouRoomSimulator("me"));
  });
  afterEach(() => kept.end());
  const start = (credentials?: object) =>
    kept.start(
      () => ({
        platform: "kuaishou",
        id: "me",
        endpoints: { web: `http://127.0.0.1:${kept.simulator.port}` },
        ...(credentials && { credentials }),
      }),
      openRoom,
    );
  const cookie = { cookie: "did=web_1" };

  it("wants a cookie or a token, and says so", async () => {
    await start();
    await kept.untilState("refused");
    assert.equal(kept.status.failure, "ROOM_TOKEN_WANTED");
  });

  it("takes a token that the user brings", async () => {
    const { simulator } = kept;
    await simulator.listen(0);
    const call = "live_api/liveroom/websocketinfo?liveStreamId=SimulatedStream";
    const reply = await fetch(`http://127.0.0.1:${simulator.port}/${call}`, { headers: cookie });
    const { data } = (await reply.json()) as { data: { token: string; websocketUrls: [string] } };
    const credentials = { token: data.token, stream: "SimulatedStream", socket: data.websocketUrls[0] };
    await kept.keep({ platform: "kuaishou", id: "me", credentials }, openRoom);
    await kept.untilState("live");
    simulator.say({ text: "带着令牌" });
    await kept.until(() => kept.comments.length === 1);
  });

  it("waits for a room that is not on air, and is there when it is", async () => {
    await start(cookie);
    await kept.untilState("live");
    kept.simulator.misbehave("off-air");
    await kept.untilState("offline");
    assert.equal(kept.status.failure, undefined);
    kept.simulator.misbehave("on-air");
    await kept.untilState("live");
  });

  for (const [how, failure] of [
    ["captcha", "ROOM_RISK_CONTROL"],
    ["too-fast", "ROOM_THROTTLED"],
  ] as const) {
    it(`says ${failure} after ${how}, and comes back`, async () => {
      await start(cookie);
      await kept.untilState("live");
      kept.simulator.misbehave(how);
      await kept.until(() => kept.status.failure === failure);
      await kept.untilState("live");
    });
  }

  it("counts what is encrypted, and goes on", async () => {
    await start(cookie);
    await kept.untilState("live");
    kept.simulator.misbehave("encrypted");
    kept.simulator.say({ text: "后面的" });
    await kept.until(() => kept.comments.length === 1);
    assert.equal(kept.status.skipped, 1);
    assert.equal(kept.status.reconnects, 0);
  });
});
