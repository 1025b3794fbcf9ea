import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Message } from "../../src/rpc/proto.ts";
import { freePort } from "../media/harness.ts";
import { BoxHarness } from "./box-harness.ts";

const key = () => randomBytes(28).toString("base64");

/** Two whole boxes: the stage of one is the source of the other. */
describe("a link between two boxes", function () {
  this.timeout(90_000);
  let near: BoxHarness;
  let far: BoxHarness;
  let port = 0;

  before(async () => {
    near = new BoxHarness();
    far = new BoxHarness();
    port = await freePort();
    const oneWayPort = await freePort();
    const [there, back] = [key(), key()];
    await far.start({
      rooms: [],
      sources: [
        { kind: "rtp", listen: `127.0.0.1:${port}`, keys: { send: back, receive: there } },
        { kind: "rtp", listen: `127.0.0.1:${oneWayPort}` },
      ],
    });
    await near.start({
      rooms: [],
      sources: [{ kind: "test-pattern", width: 640, height: 360, fps: 30 }],
      sinks: [
        { kind: "rtp", to: `127.0.0.1:${port}`, kbps: 3_000, keys: { send: there, receive: back } },
        {
          kind: "rtp",
          to: `127.0.0.1:${oneWayPort}`,
          kbps: 500,
          width: 320,
          height: 180,
          fps: 15,
          oneWay: true,
        },
      ],
    });
  });
  after(async () => {
    await near?.stop();
    await far?.stop();
  });

  const untilLink = (box: BoxHarness, wanted: (link: Message) => boolean, withinMs?: number) =>
    box.until(
      "media",
      "feimu.v1.Media",
      "watchStatus",
      ({ links }) => links.some((link: Message) => wanted(link)),
      withinMs,
    );
  const untilShown = (atLeast: number, withinMs?: number) =>
    far.until(
      "media",
      "feimu.v1.Media",
      "watchStatus",
      ({ sources }) => sources[0]?.state === "live" && sources[0].onStage && sources[0].fps > atLeast,
      withinMs,
    );
  const kill = async (box: BoxHarness) => {
    const pid = await box.pidOf("media");
    process.kill(pid, "SIGKILL");
    await box.untilRestarted("media", pid);
  };

  it("carries the composed stage at its rate, and both ends say how they are", async () => {
    const { sources } = await untilShown(24);
    assert.deepEqual([sources[0].width, sources[0].height], [640, 360]);
    const { links } = await untilLink(
      near,
      ({ role, kbps, rttMs }) => role === "send" && kbps > 100 && rttMs > 0,
    );
    const [sent] = links;
    assert(
      sent.protected && sent.peer.startsWith("127.0.0.1") && sent.failure === undefined,
      JSON.stringify(sent),
    );
    assert(sent.targetKbps > 0 && sent.targetKbps <= 3_000 && sent.encodeMs > 0 && sent.sendMs >= 0);
    const received = (await untilLink(far, ({ totalMs }) => totalMs > 0)).links[0];
    assert.equal(received.state, "receiving");
    assert(
      received.assembleMs >= 0 && received.decodeMs > 0 && received.forged === 0,
      JSON.stringify(received),
    );
  });

  it("serves a second sink beside it, which is one-way, smaller and slower", async () => {
    const { sources } = await far.until(
      "media",
      "feimu.v1.Media",
      "watchStatus",
      ({ sources }) => sources[1]?.state === "live" && sources[1].fps > 12 && sources[1].fps < 18,
    );
    assert.deepEqual([sources[1].width, sources[1].height], [320, 180]);
    await untilShown(24);
  });

  it("goes on when the receiving media process was killed", async () => {
    await kill(far);
    await untilShown(24);
  });

  it("goes on when the sending media process was killed", async () => {
    await kill(near);
    await untilShown(24);
  });

  it("goes on at once with another size and rate", async () => {
    const { sinks } = await near.untilConfig(() => true);
    const changed = [{ ...sinks[0], width: 480, height: 270, kbps: 1_000 }];
    const { errors } = await near
      .client("box", "feimu.v1.Box")
      .unary("patchConfig", { json: JSON.stringify({ sinks: changed }) });
    assert.deepEqual(errors, []);
    await far.until(
      "media",
      "feimu.v1.Media",
      "watchStatus",
      ({ sources }) => sources[0]?.width === 480 && sources[0].state === "live",
    );
  });
});
