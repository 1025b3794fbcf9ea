import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/box/config.ts";
import { Vault } from "../../src/box/vault.ts";

const COOKIE = "SESSDATA=secret; 飞幕";
const config = parseConfig({
  rooms: [
    { platform: "bilibili", id: "1", credentials: { cookie: COOKIE } },
    { platform: "bilibili", id: "2" },
  ],
});

describe("the vault of credentials", () => {
  let folder = "";
  let file = "";
  let vault: Vault;
  let lost: string[] = [];
  const onLost = ({ id }: { id: string }, name: string) => void lost.push(`${id} ${name}`);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-vault-"));
    file = join(folder, "state/credentials.key");
    vault = await Vault.open(file);
    lost = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("opens what it sealed, after a restart too, and the rest stays as it is", async () => {
    const sealed = vault.seal(config);
    assert.doesNotMatch(JSON.stringify(sealed), /SESSDATA/);
    assert(Vault.isSealed(sealed) && !Vault.isSealed(config));
    assert.deepEqual((await Vault.open(file)).unseal(parseConfig(sealed), onLost), config);
    assert.notDeepEqual(vault.seal(config), sealed, "the same is never sealed the same way");
    assert.deepEqual(lost, []);
  });

  it("takes what a person wrote in plain", () => {
    assert.deepEqual(vault.unseal(config, onLost), config);
  });

  it("keeps its key to itself", async () => {
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "state"))).mode & 0o777, 0o700);
    assert.equal((await readFile(file)).length, 32);
  });

  it("leaves out what was sealed by another key, for another room, or is damaged", async () => {
    const sealed = vault.seal(config);
    const cookie = sealed.rooms[0]?.credentials?.cookie ?? "";
    const wrong = (credentials: Record<string, string>, id = "1") =>
      vault.unseal(parseConfig({ rooms: [{ platform: "bilibili", id, credentials }] }), onLost).rooms[0]
        ?.credentials;
    assert.deepEqual(wrong({ cookie }), { cookie: COOKIE });
    assert.deepEqual(wrong({ cookie }, "2"), {});
    for (const end of [
      "sealed:1:",
      "sealed:1:AAAA",
      cookie.slice(0, -8),
      `${cookie.slice(0, 20)}${cookie[20] === "B" ? "C" : "B"}${cookie.slice(21)}`,
    ])
      assert.deepEqual(wrong({ cookie: end }), {}, end);
    await rm(file);
    assert.deepEqual((await Vault.open(file)).unseal(sealed, onLost).rooms[0]?.credentials, {});
    assert.equal(lost.length, 6);
  });

  it("seals the keys of links, and keeps sealed what it cannot open, so that no link goes on unprotected", async () => {
    const keys = {
      send: Buffer.alloc(28, 1).toString("base64"),
      receive: Buffer.alloc(28, 2).toString("base64"),
    };
    const links = parseConfig({
      sources: [{ kind: "rtp", listen: "0.0.0.0:5004", keys }],
      sinks: [{ kind: "rtp", to: "10.0.0.7:5004", keys }],
    });
    const sealed = vault.seal(links);
    assert(Vault.isSealed(sealed) && !Vault.isSealed(links));
    assert(!JSON.stringify(sealed).includes(keys.send));
    assert.deepEqual(vault.unseal(parseConfig(sealed), onLost), links);
    const moved = { ...sealed, sinks: [{ ...sealed.sinks[0]!, to: "10.0.0.8:5004" }] };
    const opened = vault.unseal(parseConfig(moved), onLost);
    assert.deepEqual(opened.sources, links.sources);
    assert.deepEqual(opened.sinks, moved.sinks);
    assert.deepEqual(lost, ["10.0.0.8:5004 send", "10.0.0.8:5004 receive"]);
    assert.deepEqual(vault.seal(opened).sinks, moved.sinks);
  });

  it("seals the largest that a person may enter", () => {
    const large = parseConfig({
      rooms: [{ platform: "bilibili", id: "1", credentials: { cookie: "x".repeat(8_192) } }],
    });
    assert.deepEqual(vault.unseal(parseConfig(vault.seal(large)), onLost), large);
  });
});
