import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import mqtt from "mqtt";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness, freePort } from "./box-harness.ts";

const SECRET = "whsec_ZmVpbXUtdGVzdC1zZWNyZXQ=";
/** As docs/operations.md gives it to an operator. */
const POST = `
key=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \\n')
id=$(date +%s%N); now=$(date +%s)
signature=$(printf %s "$id.$now.$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64)
curl -sS -X POST "$URL" -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" --data-raw "$BODY"
`;

const shows = ({ data }: { data: Buffer }, [red, green, blue]: readonly [number, number, number]) => {
  for (let at = 0; at < data.length; at += 4) {
    const far = Math.max(
      Math.abs(data[at]! - red),
      Math.abs(data[at + 1]! - green),
      Math.abs(data[at + 2]! - blue),
    );
    if (far < 40) return true;
  }
  return false;
};

describe("an operator's own systems", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  let broker: ChildProcess;
  let address = "";
  before(async () => {
    const port = await freePort();
    broker = spawn("mosquitto", ["-p", String(port)], { stdio: "ignore" });
    address = `mqtt://127.0.0.1:${port}`;
    await box.start({
      rooms: [
        { platform: "custom", id: "hall", transport: "webhook", credentials: { secret: SECRET } },
        {
          platform: "custom",
          id: "lobby",
          transport: "mqtt",
          endpoints: { feed: `${address}/lobby/say` },
          feed: { mapping: { text: "$.says", colour: "$.colour" } },
        },
      ],
      danmaku: { opacity: 1, outline: false },
    });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) =>
      rooms.every(({ state }: Message) => state === "live"),
    );
  });
  after(async () => {
    await box.stop();
    broker.kill();
    await once(broker, "exit");
  });

  const seen = async (colour: readonly [number, number, number]) => {
    for (let tries = 0; tries < 100; tries++) {
      if (shows(await box.snapshot(), colour)) return;
      await delay(50);
    }
    throw new Error("the comment was never on the stage");
  };
  const post = (body: object, secret = SECRET) =>
    JSON.parse(
      execFileSync("sh", ["-c", POST], {
        encoding: "utf8",
        env: {
          ...process.env,
          SECRET: secret,
          BODY: JSON.stringify(body),
          URL: `http://127.0.0.1:${box.webPort}/api/hooks/hall`,
        },
      }),
    );

  it("post a signed comment with curl, and it flies", async () => {
    assert.deepEqual(post({ text: "网络钩子网络钩子", colour: 0xff00ff }), { taken: 1 });
    await seen([255, 0, 255]);
  });

  it("are told what is wrong with what they post", async () => {
    assert.deepEqual(post({ text: "假的", colour: 0x00ffff }, "whsec_YW5vdGhlciBzZWNyZXQ="), {
      code: "POST_UNSIGNED",
    });
    const elsewhere = await fetch(`http://127.0.0.1:${box.webPort}/api/hooks/nowhere`, { method: "POST" });
    assert.deepEqual([elsewhere.status, await elsewhere.json()], [404, { code: "POST_NOT_HERE" }]);
  });

  it("say something at a broker, and it flies", async () => {
    const client = await mqtt.connectAsync(address);
    await client.publishAsync("lobby/say", '{"says":"消息队列消息队列","colour":"#00ff00"}', { qos: 1 });
    await client.endAsync();
    await seen([0, 255, 0]);
  });
});
