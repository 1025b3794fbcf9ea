import assert from "node:assert/strict";
import { type Config, maxSinks, maxSources, parseConfig } from "../../src/box/config.ts";
import { linkActions, linkSettings } from "../../src/control/link-actions.ts";

describe("setting links from the page", () => {
  const pair = (end: string) => ({
    send: Buffer.alloc(28, `${end}s`).toString("base64"),
    receive: Buffer.alloc(28, `${end}r`).toString("base64"),
  });
  let config: Config;
  beforeEach(() => {
    config = parseConfig({
      sources: [
        { kind: "test-pattern" },
        { kind: "rtp", listen: "127.0.0.1:5004" },
        { kind: "rtp", listen: "0.0.0.0:5006", allow: ["192.0.2.9"] },
      ],
      sinks: [{ kind: "rtp", to: "192.0.2.7:5004", fps: 25, width: 640, height: 360, keys: pair("a") }],
    });
  });
  const actions = linkActions({
    change: async (make) => {
      config = parseConfig({ ...config, ...make(config) });
    },
  });

  it("adds a sink with the defaults, and no second one to the same address", async () => {
    await actions.addSink({ to: "192.0.2.8:5004", kbps: 2_000, keys: pair("b") });
    assert.deepEqual(config.sinks[1], {
      kind: "rtp",
      to: "192.0.2.8:5004",
      kbps: 2_000,
      fps: 30,
      oneWay: false,
      keys: pair("b"),
    });
    for (const to of ["192.0.2.8:5004", "[::ffff:192.0.2.8]:05004"]) {
      await assert.rejects(actions.addSink({ to }), { code: "SINK_DUPLICATE" });
    }
  });

  it("changes what is said of a sink, and keeps the rest and its keys", async () => {
    await actions.changeSink("192.0.2.7:5004", { to: "192.0.2.8:5004", kbps: 900 });
    const { keys, ...rest } = config.sinks[0]!;
    assert.deepEqual(keys, pair("a"));
    assert.deepEqual(rest, {
      kind: "rtp",
      to: "192.0.2.8:5004",
      kbps: 900,
      fps: 25,
      width: 640,
      height: 360,
      oneWay: false,
    });
    await actions.changeSink("192.0.2.8:5004", { keys: pair("c") });
    assert.deepEqual(config.sinks[0]?.keys, pair("c"));
    await actions.changeSink("192.0.2.8:5004", { keys: null });
    assert.equal(config.sinks[0]?.keys, undefined);
  });

  it("says that a link is gone, and lets none take another's address", async () => {
    await actions.addSink({ to: "192.0.2.8:5004" });
    await assert.rejects(actions.changeSink("192.0.2.9:1", {}), { code: "LINK_NOT_THERE" });
    await assert.rejects(actions.changeSink("192.0.2.8:5004", { to: "192.0.2.7:5004" }), {
      code: "SINK_DUPLICATE",
    });
    await assert.rejects(actions.setSourceKeys("127.0.0.1:9", null), { code: "LINK_NOT_THERE" });
    await actions.removeSink("192.0.2.7:5004");
    assert.deepEqual(
      config.sinks.map(({ to }) => to),
      ["192.0.2.8:5004"],
    );
  });

  it("says that there is no room for another one", async () => {
    for (let port = 1; port < maxSinks; port++) await actions.addSink({ to: `192.0.2.8:${port}` });
    await assert.rejects(actions.addSink({ to: "192.0.2.8:99" }), { code: "SINKS_FULL" });
    while (config.sources.length < maxSources) {
      await actions.addSource({ listen: `127.0.0.1:${6_000 + config.sources.length}` });
    }
    await assert.rejects(actions.addSource({ listen: "127.0.0.1:99" }), { code: "SOURCES_FULL" });
  });

  it("gives keys to a source and takes them, and the page learns only that there are some", async () => {
    await actions.setSourceKeys("0.0.0.0:5006", pair("d"));
    assert.deepEqual(linkSettings(config), {
      sinks: [{ to: "192.0.2.7:5004", kbps: 4_000, oneWay: false, keyed: true }],
      sources: [
        { listen: "127.0.0.1:5004", keyed: false, open: true },
        { listen: "0.0.0.0:5006", keyed: true, open: true },
      ],
    });
    await actions.setSourceKeys("0.0.0.0:5006", null);
    assert.equal(linkSettings(config).sources[1]?.keyed, false);
    await actions.addSource({ listen: "0.0.0.0:5008", keys: pair("e") });
    assert.deepEqual(linkSettings(config).sources[2], { listen: "0.0.0.0:5008", keyed: true, open: false });
  });

  it("adds a source as the last one, and takes it away", async () => {
    const before = config.sources;
    await actions.addSource({ listen: "[0::1]:5008" });
    await actions.addSource({ listen: "0.0.0.0:5010", allow: ["192.0.2.9"], keys: pair("e") });
    assert.deepEqual(config.sources, [
      ...before,
      { kind: "rtp", listen: "[::1]:5008" },
      { kind: "rtp", listen: "0.0.0.0:5010", allow: ["192.0.2.9"], keys: pair("e") },
    ]);
    await assert.rejects(actions.addSource({ listen: "[::1]:5008" }), { code: "SOURCE_DUPLICATE" });
    await actions.removeSource("0.0.0.0:5010");
    await actions.removeSource("[::1]:5008");
    assert.deepEqual(config.sources, before);
  });

  it("adds no source beyond loopback that takes anybody's picture", async () => {
    await assert.rejects(
      actions.addSource({ listen: "0.0.0.0:5010" }),
      /config\.sources\[3\]: expected "allow"/,
    );
    assert.equal(config.sources.length, 3);
  });

  it("allows a sender at the source that was named, once", async () => {
    for (const address of ["FD00::0:7", "fd00::7"]) await actions.allowSender("0.0.0.0:5006", address);
    const [, local, open] = config.sources;
    assert.deepEqual(open, { kind: "rtp", listen: "0.0.0.0:5006", allow: ["192.0.2.9", "fd00::7"] });
    assert.deepEqual(local, { kind: "rtp", listen: "127.0.0.1:5004" });
    await assert.rejects(actions.allowSender("0.0.0.0:5008", "192.0.2.9"), { code: "LINK_NOT_THERE" });
  });
});
