import assert from "node:assert/strict";
import { BilibiliOpenRoom } from "../../../src/rooms/bilibili-open/room.ts";
import { signedHeaders } from "../../../src/rooms/bilibili-open/sign.ts";
import { openRoom } from "../../../src/rooms/registry.ts";
import { BilibiliOpenRoomSimulator } from "../../../src/simulators/bilibili-open/room.ts";
import { readVectors } from "../../vectors.ts";
import { Kept } from "../kept.ts";

describe("the signature of bilibili's open platform", () => {
  for (const { id, body, headers, authorization, ...signer } of readVectors("bilibili-open-platform-sign")
    .vectors) {
    it(id, () => {
      const nonce = headers["x-bili-signature-nonce"];
      const ours = signedHeaders(body, signer, nonce, Number(headers["x-bili-timestamp"]));
      assert.deepEqual(ours, { ...headers, authorization });
    });
  }
});

describe("a room of bilibili's open platform", () => {
  let kept: Kept<BilibiliOpenRoomSimulator>;
  beforeEach(() => {
    kept = new Kept(new BilibiliOpenRoomSimulator("21452505"));
  });
  afterEach(() => kept.end());
  const credentials = { code: "CODE", appId: "1", accessKeyId: "k", accessKeySecret: "s" };
  const room = (given: object = credentials) => ({
    platform: "bilibili-open",
    id: "mine",
    endpoints: { api: `http://127.0.0.1:${kept.simulator.port}` },
    credentials: given,
  });

  it("says what is missing", async () => {
    await kept.start(() => room({ code: "CODE" }), openRoom);
    await kept.untilState("refused");
    assert.equal(kept.status.failure, "ROOM_TOKEN_WANTED");
  });

  it("ends its game when it leaves", async () => {
    await kept.start(room, openRoom);
    await kept.untilState("live");
    await kept.end();
    assert.deepEqual(kept.simulator.calls, ["start", "end"]);
  });

  for (const how of ["forget-game", "end-game"]) {
    it(`starts a new game after ${how}`, async () => {
      const open = async (config: ConstructorParameters<typeof BilibiliOpenRoom>[0]) =>
        new BilibiliOpenRoom(config, { gameHeartbeatMs: 20 });
      await kept.start(room, open);
      await kept.untilState("live");
      kept.simulator.misbehave(how);
      await kept.untilState("recovering");
      await kept.untilState("live");
      assert.equal(kept.simulator.calls.filter((call) => call === "start").length, 2);
    });
  }
});
