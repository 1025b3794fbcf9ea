import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/box/config.ts";
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
    config: () => config,
    patch: async (change) => {
      config = parseConfig({ ...config, ...change });
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
    await assert.rejects(actions.addSink({ to: "192.0.2.8:5004" }), { code: "SINK_DUPLICATE" });
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

  it("gives keys to a source and takes them, and the page learns only that there are some", async () => {
    await actions.setSourceKeys("0.0.0.0:5006", pair("d"));
    assert.deepEqual(linkSettings(config), {
      sinks: [{ to: "192.0.2.7:5004", kbps: 4_000, oneWay: false, keyed: true }],
      keyedSources: ["0.0.0.0:5006"],
    });
    await actions.setSourceKeys("0.0.0.0:5006", null);
    assert.deepEqual(linkSettings(config).keyedSources, []);
  });
});
