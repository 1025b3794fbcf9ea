import assert from "node:assert/strict";
import type { Config } from "../../src/box/config.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness, freePort } from "./box-harness.ts";

describe("settings of a running box", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  let cookie = "";
  before(async () => {
    await box.start({
      rooms: [],
      sinks: [
        // Sealed on another box.
        { kind: "rtp", to: "127.0.0.1:9", keys: { send: "sealed:1:AAAA", receive: "sealed:1:BBBB" } },
      ],
    });
    const claim = await call("POST", "/api/claim", { pin: await box.pin() });
    cookie = claim.headers.get("set-cookie")?.split(";")[0] ?? "";
  });
  after(() => box.stop());

  const call = (method: string, path: string, body?: object) =>
    fetch(`http://127.0.0.1:${box.webPort}${path}`, {
      method,
      headers: { cookie, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const set = async (method: string, path: string, body: object) => {
    const reply = await call(method, path, body);
    assert.equal(reply.status, 200, `${method} ${path}: ${await reply.text()}`);
  };
  const settings = async (): Promise<Config> => JSON.parse(await (await call("GET", "/api/config")).text());
  const untilMedia = (wanted: (status: Message) => boolean) =>
    box.until("media", "feimu.v1.Media", "watchStatus", wanted);
  const labels = (links: Message[]) => links.map(({ label }) => label);

  it("keep all that was set at once, and have it when they answer", async () => {
    const ports = await Promise.all([1, 2, 3].map(freePort));
    await Promise.all([
      set("POST", "/api/sinks", { to: "[0::1]:5998" }),
      set("POST", "/api/sinks", { to: "127.0.0.1:10" }),
      set("PATCH", "/api/danmaku", { speed: 2 }),
      set("PATCH", "/api/danmaku", { opacity: 0.5 }),
      ...ports.map((port) => set("POST", "/api/sources", { listen: `127.0.0.1:${port}` })),
    ]);
    const { sinks, sources, danmaku } = await settings();
    assert.deepEqual(sinks.map(({ to }) => to).toSorted(), ["127.0.0.1:10", "127.0.0.1:9", "[::1]:5998"]);
    assert.equal(sources.length, 4);
    assert.deepEqual([danmaku.speed, danmaku.opacity], [2, 0.5]);
    // Told of by the name that the settings have for it.
    await untilMedia(({ links }) => labels(links).includes("[::1]:5998"));
    for (const port of ports) await set("DELETE", "/api/sources", { listen: `127.0.0.1:${port}` });
    await untilMedia(({ sources: left }) => left.length === 1);
  });

  it("take no address with a zone, and media goes on", async () => {
    const pid = await box.pidOf("media");
    const reply = await call("POST", "/api/sinks", { to: "[fe80::1%eth0]:5004" });
    assert.deepEqual(
      [reply.status, await reply.json()],
      [
        400,
        { code: "CONFIG_INVALID", errors: ["config.sinks[3].to: expected an address without a zone (%)"] },
      ],
    );
    await set("POST", "/api/sinks", { to: "127.0.0.1:11" });
    await untilMedia(({ links }) => labels(links).includes("127.0.0.1:11"));
    assert.equal(await box.pidOf("media"), pid);
  });

  it("from a short file leave the rest alone", async () => {
    const before = await settings();
    const sources = [{ kind: "rtp", listen: "0.0.0.0:5998", allow: ["192.168.1.7"] }];
    await set("PUT", "/api/config", { sources });
    assert.deepEqual(await settings(), { ...before, sources });
    await set("POST", "/api/sources/allow", { listen: "0.0.0.0:5998", address: "FD00:0::7" });
    assert.deepEqual((await settings()).sources, [{ ...sources[0], allow: ["192.168.1.7", "fd00::7"] }]);
  });

  it("that cannot be used are told of by the command line, with what to do", async () => {
    await untilMedia(({ links }) => links.some(({ failure }: Message) => failure === "LINK_KEYS_WRONG"));
    const text = await box.command("status");
    assert.match(
      text,
      /^link {6}to 127\.0\.0\.1:9: \w+ \(LINK_KEYS_WRONG\), .*\n {10}The keys of this link cannot be used.*Enter a pair/m,
    );
    assert.match(text, /^link {6}to \[::1\]:5998: proving, 0 frames$/m);
    const { links } = JSON.parse(await box.command("status", "--json"));
    assert.deepEqual(
      links
        .filter(({ role }: Message) => role === "send")
        .map(({ label, failure = "" }: Message) => `${label} ${failure}`)
        .toSorted(),
      ["127.0.0.1:10 ", "127.0.0.1:11 ", "127.0.0.1:9 LINK_KEYS_WRONG", "[::1]:5998 "],
    );
  });
});
