import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const feimu = (...args: string[]) =>
  spawnSync(fileURLToPath(new URL("../../scripts/feimu", import.meta.url)), args, { encoding: "utf8" });

describe("the feimu command", () => {
  it("lists its commands", () => {
    const { status, stdout } = feimu("--help");
    assert.equal(status, 0);
    for (const name of [
      "run",
      "demo",
      "status",
      "snapshot",
      "pin",
      "comments",
      "bench",
      "doctor",
      "health",
      "units",
    ]) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
      assert.equal(feimu(name, "--help").status, 0);
    }
  });

  it("names a wrong argument and the right ones", () => {
    const unknown = feimu("flyy");
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /run, demo.*but received "flyy"/);
    assert.match(feimu("status", "--jsn").stderr, /--jsn.*--config, --json, --help/s);
    assert.match(feimu("bench", "nothing").stderr, /ingest.*but received "nothing"/);
  });

  it("says what to do when no box runs", () => {
    const { status, stderr } = feimu("snapshot", "/dev/null", "--config", "/nowhere.json");
    assert.equal(status, 2);
    assert.match(stderr, /no box runs on \/nowhere\.json.*scripts\/run/s);
  });

  it("says what is wrong with where a picture is to be sent, and with the keys", () => {
    const wrong = [
      ["--to", "box2.local:5004", /ADDRESS:PORT for --to/],
      ["--to", "[fe80::1%eth0]:5004", /ADDRESS:PORT for --to/],
      ["--keys", "AAAA,BBBB", /--keys: expected base64 of 28 or 44 bytes/],
      // As they stand in the configuration of a box.
      ["--keys", "sealed:1:AAAA,sealed:1:BBBB", /^feimu: Expected base64 of 28 bytes/],
    ] as const;
    for (const [option, value, expected] of wrong) {
      const { status, stderr } = feimu("send", option, value);
      assert.equal(status, 2);
      assert.match(stderr, expected);
    }
  });

  it("refuses a configuration that it cannot use", () => {
    const { status, stderr } = feimu("run", "--config", "/nowhere.json");
    assert.equal(status, 2);
    assert.match(stderr, /nowhere\.json cannot be read/);
  });
});
