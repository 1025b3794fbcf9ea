import assert from "node:assert/strict";
import { WebSocket } from "ws";
import type { Message } from "../../src/rpc/proto.ts";
import type { LiveState } from "../../src/web/live-state.ts";
import { BoxHarness } from "./box-harness.ts";

const MASK = 1;
const mild = "隔壁老王又来了";
const clean = { profile: "bar", strength: 2, words: "@abuse 1\n隔壁老王" };

describe("a box that nobody looks after", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  let origin = "";
  let cookie = "";
  let page: WebSocket;
  /** As the page has it, once it was told. */
  let moderation: Message | undefined;
  before(async () => {
    box.environment.NODE_OPTIONS = `--import=${new URL("clock-ahead.ts", import.meta.url)}`;
    await box.start({ sources: [], clean });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    origin = `http://127.0.0.1:${box.webPort}`;
    const claim = await fetch(`${origin}/api/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pin: await box.pin() }),
    });
    cookie = claim.headers.get("set-cookie")?.split(";")[0] ?? "";
    page = new WebSocket(`${origin.replace("http", "ws")}/api/live`, { headers: { cookie }, origin });
    page.on("message", (data) => {
      const { state }: { state?: Partial<LiveState> } = JSON.parse(String(data));
      if (state?.moderation) moderation = state.moderation;
    });
    // The page's process would say so within twenty seconds.
    await box.client("comments", "feimu.v1.Moderation").unary("attend", { owned: true });
  });
  after(async () => {
    page?.close();
    await box.stop();
  });
  const untilAttended = async (attended: boolean) => {
    const isIt = (now: Message) => (now.attended ?? true) === attended;
    const { strength } = await box.until("comments", "feimu.v1.Moderation", "watchModeration", isIt);
    // Before its process has heard of the comments', the page has a state without a strength.
    while (moderation?.strength === undefined || !isIt(moderation))
      await new Promise((resolve) => page.once("message", resolve));
    assert.equal(moderation.strength, strength, "the page is told the same");
    return strength;
  };
  const action = async () =>
    (await box.client("comments", "feimu.v1.Comments").unary("tryText", { text: mild })).action ?? 0;

  it("is one strength stricter after two minutes and says so, until somebody moves", async () => {
    assert.deepEqual([await untilAttended(true), await action()], [2, 0]);
    process.kill(await box.pidOf("comments"), "SIGUSR2");
    assert.equal(await untilAttended(false), 3);
    assert.equal(await action(), MASK);
    await box.say({ text: mild });
    const said = box
      .client("comments", "feimu.v1.Comments")
      .stream("subscribe", { backlog: 20 }, AbortSignal.timeout(10_000));
    for await (const { text } of said) if (text === "●●●●又来了") break;
    assert.match(box.log.join(""), /"strength":3,"msg":"nobody is there"/);
    // Who only looks is nobody.
    await fetch(`${origin}/api/clean/counts`, { headers: { cookie } });
    assert.equal(await action(), MASK);
    page.send(JSON.stringify({ type: "active" }));
    assert.deepEqual([await untilAttended(true), await action()], [2, 0]);
  });

  it("stays as it was set where that is switched off", async () => {
    // Not by the page: who sets something is there.
    const json = JSON.stringify({ clean: { ...clean, strength: 1, unattended: false } });
    await box.client("box", "feimu.v1.Box").unary("patchConfig", { json });
    await box.until("comments", "feimu.v1.Moderation", "watchModeration", ({ strength }) => strength === 1);
    process.kill(await box.pidOf("comments"), "SIGUSR2");
    assert.equal(await untilAttended(false), 1);
    assert.equal(await action(), 0);
  });
});
