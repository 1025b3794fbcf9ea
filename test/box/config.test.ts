import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigError, configSchema, parseConfig, readConfig, writeConfig } from "../../src/box/config.ts";

const errorsOf = (value: unknown): readonly string[] => {
  try {
    parseConfig(value);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.errors;
  }
  return [];
};

describe("configuration", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-config-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("fills in every default of an empty file", () => {
    const config = parseConfig({});
    assert.equal(config.web.port, 8080);
    assert.equal(config.display.refreshHz, 60);
    assert.equal(config.danmaku.maxOnScreen, 300);
    assert.deepEqual(config.rooms, []);
  });

  it("names the path of each wrong key and value", () => {
    assert.deepEqual(errorsOf({ rooms: [{ platform: "bilibili", id: "x1" }] }), [
      "config.rooms[0].id: expected digits",
    ]);
    assert.deepEqual(errorsOf({ danmaku: { colour: 1 } }), ["config.danmaku.colour: no such key"]);
    assert.match(errorsOf({ web: { port: 0 } })[0] ?? "", /^config\.web\.port: /);
    assert.equal(errorsOf({ web: { port: 0 }, nme: "x" }).length, 2);
  });

  it("wants an allow list for a source beyond loopback", () => {
    assert.match(errorsOf({ sources: [{ kind: "rtp", listen: "0.0.0.0:5004" }] })[0] ?? "", /"allow"/);
    assert.deepEqual(
      errorsOf({ sources: [{ kind: "rtp", listen: "0.0.0.0:5004", allow: ["192.168.1.7"] }] }),
      [],
    );
    assert.deepEqual(errorsOf({ sources: [{ kind: "rtp", listen: "127.0.0.1:5004" }] }), []);
  });

  it("wants keys of a link that differ and are long enough", () => {
    const [one, two, long] = [1, 2, 3].map((n) => Buffer.alloc(n === 3 ? 44 : 28, n).toString("base64"));
    const withKeys = (send?: string, receive?: string) =>
      errorsOf({ sources: [{ kind: "rtp", listen: "0.0.0.0:5004", keys: { send, receive } }] });
    assert.deepEqual(withKeys(one, two), []);
    assert.match(withKeys(one, one)[0] ?? "", /^config\.sources\[0\]\.keys\.receive: expected another key/);
    assert.match(withKeys(one, long)[0] ?? "", /keys\.receive: expected as many bytes/);
    assert.match(withKeys("AAAA", two)[0] ?? "", /keys\.send: expected base64 of 28 or 44 bytes/);
  });

  it("takes keys without the = at their end, and keeps them with it", () => {
    const send = Buffer.alloc(28, 1).toString("base64");
    const receive = Buffer.alloc(28, 2).toString("base64");
    const bare = { send: send.replace(/=+$/, ""), receive: receive.replace(/=+$/, "") };
    assert.equal(bare.send.length, 38);
    const { sinks } = parseConfig({ sinks: [{ kind: "rtp", to: "10.0.0.7:5004", keys: bare }] });
    assert.deepEqual(sinks[0]?.keys, { send, receive });
    const same = { send, receive: bare.send };
    assert.match(
      errorsOf({ sinks: [{ kind: "rtp", to: "10.0.0.7:5004", keys: same }] })[0] ?? "",
      /another key than send/,
    );
  });

  it("writes each address of a link in one way", () => {
    const config = parseConfig({
      sources: [
        { kind: "rtp", listen: "[0::1]:5998" },
        { kind: "rtp", listen: "0.0.0.0:5004", allow: ["FD00:0::1", "::ffff:10.0.0.7", "10.0.0.8"] },
      ],
      sinks: [
        { kind: "rtp", to: "[FD00:0:0::1]:5004" },
        { kind: "rtp", to: "127.0.0.1:05004" },
        { kind: "rtp", to: "[::ffff:192.168.1.7]:5006", oneWay: true },
      ],
    });
    assert.deepEqual(
      config.sinks.map(({ to }) => to),
      ["[fd00::1]:5004", "127.0.0.1:5004", "192.168.1.7:5006"],
    );
    const [first, second] = config.sources;
    assert(first?.kind === "rtp" && second?.kind === "rtp");
    assert.deepEqual([first.listen, second.allow], ["[::1]:5998", ["fd00::1", "10.0.0.7", "10.0.0.8"]]);
  });

  it("takes no address with a zone, and none that is no number", () => {
    const to = (address: string) => errorsOf({ sinks: [{ kind: "rtp", to: address, oneWay: true }] })[0];
    assert.match(to("[fe80::1%eth0]:5004") ?? "", /^config\.sinks\[0\]\.to: expected .* without a zone/);
    assert.equal(to("[fe80::1]:5004"), undefined);
    for (const wrong of ["box2.local:5004", "10.0.0.7", "10.0.0.7:0", "10.0.0.7:65536", "fd00::1:5004"]) {
      assert.match(to(wrong) ?? "", /^config\.sinks\[0\]\.to: expected ADDRESS:PORT/);
    }
    const source = (source: object) => errorsOf({ sources: [{ kind: "rtp", ...source }] });
    assert.deepEqual(source({ listen: "[fe80::1%eth0]:5004", allow: ["10.0.0.7"] }), [
      "config.sources[0].listen: expected an address without a zone (%)",
    ]);
    assert.deepEqual(source({ listen: "0.0.0.0:5004", allow: ["fe80::1%eth0", "box2"] }), [
      "config.sources[0].allow[0]: expected an address without a zone (%)",
      "config.sources[0].allow[1]: expected an address, e.g. 192.168.1.20",
    ]);
  });

  it("takes each address of a link once, however it is written", () => {
    const sinks = ["[fd00::1]:5004", "10.0.0.7:5004", "[FD00::0:1]:5004"].map((to) => ({ kind: "rtp", to }));
    assert.deepEqual(errorsOf({ sinks }), [
      "config.sinks[2].to: expected another address than entry [0] has",
    ]);
    const sources = [
      { kind: "test-pattern" },
      { kind: "rtp", listen: "127.0.0.1:5004" },
      { kind: "test-pattern" },
      { kind: "rtp", listen: "127.0.0.1:05004" },
    ];
    assert.deepEqual(errorsOf({ sources }), [
      "config.sources[3].listen: expected another address than entry [1] has",
    ]);
  });

  it("takes a one-way sink only to a private address", () => {
    const to = (address: string) => errorsOf({ sinks: [{ kind: "rtp", to: address, oneWay: true }] });
    assert.match(
      to("203.0.113.7:5004")[0] ?? "",
      /^config\.sinks\[0\]\.to: expected an address of a private/,
    );
    assert.deepEqual(to("192.168.1.7:5004"), []);
    assert.deepEqual(errorsOf({ sinks: [{ kind: "rtp", to: "203.0.113.7:5004" }] }), []);
  });

  it("takes plain http only to loopback and private addresses", () => {
    const withApi = (api: string) =>
      errorsOf({
        rooms: [{ platform: "bilibili", id: "1", endpoints: { api, live: "https://example.com" } }],
      });
    assert.deepEqual(withApi("http://127.0.0.1:7001"), []);
    assert.deepEqual(withApi("http://192.168.1.2"), []);
    assert.match(withApi("http://example.com")[0] ?? "", /endpoints\.api: .*https/);
    assert.match(withApi("http://10.evil.example")[0] ?? "", /endpoints\.api: .*https/);
    assert.match(withApi("http://fdic.example")[0] ?? "", /endpoints\.api: .*https/);
  });

  it("says which file is not JSON", async () => {
    const file = join(folder, "config.json");
    await writeFile(file, "{");
    await assert.rejects(readConfig(file), { code: "CONFIG_UNREADABLE" });
    await assert.rejects(readConfig(join(folder, "none.json")), { code: "CONFIG_UNREADABLE" });
  });

  it("is written whole and leaves no temporary file", async () => {
    const file = join(folder, "config.json");
    await writeConfig(file, parseConfig({ name: "one" }));
    await writeConfig(file, parseConfig({ name: "two" }));
    assert.equal((await readConfig(file)).name, "two");
    assert.deepEqual(await readdir(folder), ["config.json"]);
  });

  it("keeps the old file when the disk is full", async function () {
    const mount = join(folder, "full");
    await mkdir(mount);
    const run = promisify(execFile);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mount]);
    } catch {
      return this.skip();
    }
    try {
      const file = join(mount, "config.json");
      await writeConfig(file, parseConfig({ name: "old" }));
      await writeFile(join(mount, "filler"), Buffer.alloc(1 << 20)).catch(() => {});
      await assert.rejects(writeConfig(file, parseConfig({ name: "new" })), { code: "CONFIG_DISK_FULL" });
      assert.equal((await readConfig(file)).name, "old");
      assert.deepEqual((await readdir(mount)).sort(), ["config.json", "filler"]);
    } finally {
      await run("umount", [mount]);
    }
  });

  it("gives its schema to editors", () => {
    assert.equal((configSchema() as { type: string }).type, "object");
    assert.match(JSON.stringify(configSchema()), /Where H.264 over RTP comes in.*Share of the height/s);
  });
});
