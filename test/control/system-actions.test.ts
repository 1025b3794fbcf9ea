import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, defaultConfig, parseConfig } from "../../src/box/config.ts";
import type { Settings } from "../../src/control/settings.ts";
import { systemActions, withoutSecrets, withSecrets } from "../../src/control/system-actions.ts";
import type { RpcClient } from "../../src/rpc/client.ts";
import { Updates } from "../../src/update/updates.ts";

/** Settings that are kept here, and checked as the box does. */
const settingsOf = (
  config: () => Config,
  set: (next: Config) => void,
): Pick<Settings, "config" | "change"> => ({
  get config() {
    return config();
  },
  async change(make) {
    set(parseConfig({ ...config(), ...make(config()) }));
  },
});

const settings = (rooms: object[]): Config => parseConfig({ name: "bar", rooms });

describe("settings that leave the box and come back", () => {
  const here = settings([
    { platform: "bilibili", id: "1", credentials: { cookie: "SESSDATA=mine" } },
    { platform: "bilibili", id: "2" },
  ]);

  it("carry no cookie", () => {
    const exported = withoutSecrets(here);
    assert(!JSON.stringify(exported).includes("SESSDATA"));
    assert.deepEqual(
      exported.rooms.map(({ id }) => id),
      ["1", "2"],
    );
  });

  it("get back the cookies that this box has, and only for the same rooms", () => {
    const imported = withSecrets(
      settings([
        { platform: "bilibili", id: "3" },
        { platform: "bilibili", id: "1" },
      ]),
      here,
    );
    assert.deepEqual(
      imported.rooms.map(({ id, credentials }) => [id, credentials?.cookie]),
      [
        ["3", undefined],
        ["1", "SESSDATA=mine"],
      ],
    );
    const changed = settings([{ platform: "bilibili", id: "1", credentials: { cookie: "SESSDATA=new" } }]);
    assert.equal(withSecrets(changed, here).rooms[0]?.credentials?.cookie, "SESSDATA=new");
  });
});

describe("settings with keys of links", () => {
  const keys = {
    send: Buffer.alloc(28, 1).toString("base64"),
    receive: Buffer.alloc(28, 2).toString("base64"),
  };
  const here = parseConfig({
    sources: [{ kind: "rtp", listen: "0.0.0.0:5004", keys }],
    sinks: [{ kind: "rtp", to: "10.0.0.7:5004", keys }],
  });

  it("leave without them, come back to the same links, and open no link elsewhere", () => {
    const exported = parseConfig(JSON.parse(JSON.stringify(withoutSecrets(here))));
    assert(!JSON.stringify(exported).includes(keys.send));
    assert.deepEqual(withSecrets(exported, here), here);
    const elsewhere = withSecrets(exported, parseConfig({}));
    assert.equal(elsewhere.sinks[0]?.keys?.send, "sealed:1:");
  });
});

describe("a file of settings", () => {
  let config: Config;
  const system = systemActions({
    settings: settingsOf(
      () => config,
      (next) => {
        config = next;
      },
    ),
    box: {} as RpcClient,
    updates: {} as Updates,
    stateDir: "/nowhere",
  });
  beforeEach(() => {
    config = parseConfig({
      name: "bar",
      rooms: [{ platform: "bilibili", id: "1", credentials: { cookie: "SESSDATA=mine" } }],
      danmaku: { speed: 2 },
    });
  });

  it("changes what it names, and leaves the rest alone", async () => {
    const before = config;
    const sources = [{ kind: "rtp", listen: "0.0.0.0:5004", allow: ["192.168.1.7"] }];
    await system.importConfig({ sources });
    assert.deepEqual(config, { ...before, sources });
  });

  it("that came from here brings all of it back", async () => {
    const before = config;
    const file = JSON.parse(JSON.stringify(system.exportConfig()));
    await system.importConfig({ name: "hall", rooms: [], danmaku: {} });
    assert.deepEqual([config.name, config.rooms, config.danmaku.speed], ["hall", [], 1]);
    config = { ...config, rooms: before.rooms };
    await system.importConfig(file);
    assert.deepEqual(config, before);
  });

  it("of an older form changes what that form named", async () => {
    await system.importConfig({
      version: 1,
      rooms: [{ platform: "bilibili", id: "1", cookie: "SESSDATA=old" }],
    });
    assert.equal(config.rooms[0]?.credentials?.cookie, "SESSDATA=old");
    assert.deepEqual([config.name, config.danmaku.speed], ["bar", 2]);
  });

  it("with a wrong key changes nothing", async () => {
    const before = config;
    await assert.rejects(system.importConfig({ name: "hall", sourcs: [] }), {
      code: "CONFIG_INVALID",
      details: { errors: ["config.sourcs: no such key"] },
    });
    assert.equal(config, before);
  });
});

describe("an update from an address", () => {
  let folder: string;
  let server: Server;
  let address: string;
  let config: Config;
  before(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === "/box.raucb" ? 200 : 404;
      response.end("bundle");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => void server.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-fetch-"));
    config = defaultConfig();
  });
  afterEach(() => rm(folder, { recursive: true }));
  const actions = async () =>
    systemActions({
      settings: settingsOf(
        () => config,
        (next) => {
          config = next;
        },
      ),
      box: {} as RpcClient,
      updates: await Updates.open({ folder, lastFile: join(folder, "last") }),
      stateDir: folder,
    });

  it("is fetched whole and handed to the updater", async () => {
    const system = await actions();
    await assert.rejects(system.fetchUpdate(false), { code: "UPDATE_NO_ADDRESS" });
    await system.setUpdateAddress(`${address}/box.raucb`);
    await system.fetchUpdate(false);
    assert.equal(await readFile(join(folder, "bundle.raucb"), "utf8"), "bundle");
    assert.equal((await system.updateStatus()).phase, "waiting");
  });

  it("says why it could not be fetched", async () => {
    const system = await actions();
    await system.setUpdateAddress(`${address}/other`);
    await assert.rejects(system.fetchUpdate(false), {
      code: "UPDATE_NOT_FETCHED",
      details: { reason: "status 404" },
    });
    await system.setUpdateAddress("http://127.0.0.1:9/box.raucb");
    await assert.rejects(system.fetchUpdate(false), { code: "UPDATE_NOT_FETCHED" });
  });
});
