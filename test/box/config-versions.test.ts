import assert from "node:assert/strict";
import { parseConfig } from "../../src/box/config.ts";
import { currentVersion, type Migration, migrate, versionOf } from "../../src/box/config-versions.ts";

describe("versions of the configuration", () => {
  const steps: Migration[] = [
    ({ title, ...rest }) => ({ ...rest, name: title }),
    ({ name, ...rest }) => ({ ...rest, names: [name] }),
  ];

  it("brings each older form to today's, step by step", () => {
    assert.equal(currentVersion(steps), 3);
    assert.deepEqual(migrate({ title: "a" }, steps), { version: 3, names: ["a"] });
    assert.deepEqual(migrate({ version: 2, name: "b" }, steps), { version: 3, names: ["b"] });
    assert.deepEqual(migrate({ version: 3, names: ["c"] }, steps), { version: 3, names: ["c"] });
  });

  it("finds a room's cookie and hosts in the first form", () => {
    const address = "http://127.0.0.1:7001";
    const room = { platform: "bilibili", id: "1" };
    const { rooms } = parseConfig({
      rooms: [
        { ...room, cookie: "SESSDATA=mine", endpoints: { api: address, live: address, allowPlain: true } },
        room,
      ],
    });
    assert.deepEqual(rooms, [
      {
        ...room,
        credentials: { cookie: "SESSDATA=mine" },
        endpoints: { api: address, live: address },
        allowPlain: true,
        approval: false,
        delayS: 0,
      },
      { ...room, allowPlain: false, approval: false, delayS: 0 },
    ]);
  });

  it("leaves alone what is newer, or no configuration", () => {
    for (const value of [{ version: 9 }, { version: "1" }, { version: 0 }, { version: 1.5 }, [], null, 7]) {
      assert.deepEqual(migrate(value, steps), value);
    }
    assert.equal(versionOf({}), 1);
    assert.equal(versionOf([]), undefined);
  });

  it("refuses a newer form by name", () => {
    assert.throws(() => parseConfig({ version: 99 }), /config\.version: .*newer system/);
    assert.equal(parseConfig({}).version, currentVersion());
  });
});
