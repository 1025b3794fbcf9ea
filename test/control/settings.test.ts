import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { runBox } from "../../src/box/box.ts";
import { defaultConfig, readConfig } from "../../src/box/config.ts";
import { runtimeDirOf, stateDirOf } from "../../src/box/paths.ts";
import { linkActions } from "../../src/control/link-actions.ts";
import { settingActions } from "../../src/control/setting-actions.ts";
import { Settings } from "../../src/control/settings.ts";
import { connect, type RpcClient, watch } from "../../src/rpc/client.ts";

describe("changes of the settings", () => {
  let folder: string;
  let file: string;
  let box: RpcClient;
  let stop: AbortController;
  let running: Promise<void>;
  let settings: Settings;
  const following = new AbortController();
  const told = new EventTarget();

  /** The box's own process, without the others. */
  const start = async () => {
    stop = new AbortController();
    const next = once(told, "config");
    running = runBox(file, pino({ level: "silent" }), stop.signal, { units: true });
    await next;
  };
  const end = async () => {
    stop.abort();
    await running;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-settings-"));
    file = join(folder, "config.json");
    await writeFile(file, "{}");
    for (const needed of [runtimeDirOf(file), stateDirOf(file)]) await mkdir(needed, { recursive: true });
    box = connect(join(runtimeDirOf(file), "box.sock"), "feimu.v1.Box");
    settings = new Settings(box, defaultConfig());
    void (async () => {
      for await (const { json, revision } of watch(box, "watchConfig", {}, following.signal)) {
        settings.take(JSON.parse(json), revision);
        told.dispatchEvent(new Event("config"));
      }
    })();
    await start();
  });
  after(async () => {
    following.abort();
    await end();
    box.close();
    for (const made of [runtimeDirOf(file), stateDirOf(file), folder]) await rm(made, { recursive: true });
  });

  it("that are made at once are all kept", async () => {
    const links = linkActions(settings);
    const actions = settingActions(settings);
    await Promise.all([
      links.addSink({ to: "192.0.2.7:5004" }),
      links.addSink({ to: "192.0.2.8:5004" }),
      links.addSource({ listen: "127.0.0.1:5004" }),
      links.addSource({ listen: "127.0.0.1:5006" }),
      actions.addRoom({ platform: "bilibili", id: "1" }),
      actions.addRoom({ platform: "bilibili", id: "2" }),
      actions.setDanmaku({ speed: 2 }),
      actions.setDanmaku({ opacity: 0.5 }),
      actions.setClean({ strength: 3 }),
      actions.setClean({ names: "masked" }),
      links.changeSink("192.0.2.7:5004", { kbps: 900 }),
      actions.changeRoom("bilibili", "1", { delayS: 3 }),
      actions.changeRoom("bilibili", "1", { approval: true }),
    ]);
    for (const config of [settings.config, await readConfig(file)]) {
      assert.deepEqual(
        config.sinks.map(({ to, kbps }) => [to, kbps]),
        [
          ["192.0.2.7:5004", 900],
          ["192.0.2.8:5004", 4_000],
        ],
      );
      assert.deepEqual(config.sources, [
        { kind: "rtp", listen: "127.0.0.1:5004" },
        { kind: "rtp", listen: "127.0.0.1:5006" },
      ]);
      assert.deepEqual(
        config.rooms.map(({ id, delayS, approval }) => [id, delayS, approval]),
        [
          ["1", 3, true],
          ["2", 0, false],
        ],
      );
      assert.deepEqual([config.danmaku.speed, config.danmaku.opacity], [2, 0.5]);
      assert.deepEqual([config.clean.strength, config.clean.names], [3, "masked"]);
    }
  });

  it("to one thing at once are refused but for the first", async () => {
    const actions = settingActions(settings);
    const add = () => actions.addRoom({ platform: "bilibili", id: "3" });
    const [first, second] = await Promise.allSettled([add(), add()]);
    assert.equal(first.status, "fulfilled");
    assert(second.status === "rejected");
    assert.equal(second.reason.code, "ROOM_DUPLICATE");
  });

  it("go on after one that is refused", async () => {
    const wrong = settings.change(() => ({ name: "" }));
    const right = settings.change(() => ({ name: "hall" }));
    await assert.rejects(wrong, { code: "CONFIG_INVALID" });
    await right;
    assert.equal(settings.config.name, "hall");
  });

  it("that change nothing are answered too, and nothing is said of what is left alone", async () => {
    const { config } = settings;
    await settings.change(({ name }) => ({ name }));
    assert.deepEqual(settings.config, config);
    const same = settings.config;
    await settings.change(() => undefined);
    assert.equal(settings.config, same);
  });

  it("go on when the box was started anew", async () => {
    await end();
    await start();
    await Promise.all([
      settings.change(() => ({ name: "bar" })),
      settings.change(({ name }) => ({ name: `${name} 2` })),
    ]);
    assert.equal(settings.config.name, "bar 2");
  });
});
