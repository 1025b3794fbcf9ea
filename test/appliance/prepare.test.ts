import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type PreparePaths, prepare } from "../../src/appliance/prepare.ts";
import { currentVersion } from "../../src/box/config-versions.ts";

const log = pino({ level: "silent" });

describe("before the box starts", () => {
  let folder: string;
  let paths: PreparePaths;
  const config = async () => JSON.parse(await readFile(join(paths.data, "feimu/config.json"), "utf8"));
  const text = (file: string) => readFile(file, "utf8").catch(() => undefined);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-prepare-"));
    const at = (name: string) => join(folder, name);
    paths = {
      efi: at("efi"),
      state: at("state"),
      data: at("data"),
      defaults: at("defaults.json"),
      networkd: at("run/network"),
      iwd: at("var/iwd"),
      notes: at("run/notes"),
    };
    for (const name of ["efi", "state", "data"]) await mkdir(at(name));
    await writeFile(paths.defaults, JSON.stringify({ name: "new" }));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives a new box its configuration and its host name", async () => {
    await prepare(paths, log);
    assert.equal((await config()).name, "new");
    assert.equal(await text(join(paths.notes, "hostname")), "new");
  });

  it("takes what was put on the boot partition over, and leaves no secret there", async () => {
    const brought = join(paths.efi, "provision.json");
    await writeFile(brought, JSON.stringify({ name: "Bar", wifi: { ssid: "net", password: "12345678" } }));
    await prepare(paths, log);
    assert.equal(await text(brought), undefined);
    for (let start = 0; start < 2; start++) {
      assert.equal((await config()).name, "Bar");
      assert.match((await text(join(paths.iwd, "net.psk"))) ?? "", /12345678/);
      await rm(join(folder, "run"), { recursive: true });
      await rm(join(folder, "var"), { recursive: true });
      await prepare(paths, log);
    }
  });

  it("takes the name that was brought once: later it is the page's to change", async () => {
    const file = join(paths.data, "feimu/config.json");
    const bring = (name: string) => writeFile(join(paths.efi, "provision.json"), JSON.stringify({ name }));
    await bring("Bar");
    await prepare(paths, log);
    await writeFile(file, JSON.stringify({ ...(await config()), name: "renamed" }));
    await prepare(paths, log);
    assert.equal((await config()).name, "renamed");
    await bring("Bar");
    await prepare(paths, log);
    assert.equal((await config()).name, "Bar");
    // Settings that are lost altogether get it back.
    await writeFile(file, JSON.stringify({ ...(await config()), name: "renamed" }));
    await rm(join(paths.data, "feimu"), { recursive: true });
    await prepare(paths, log);
    assert.equal((await config()).name, "Bar");
  });

  it("leaves a provision.json that is wrong where it is, and says why", async () => {
    await writeFile(join(paths.efi, "provision.json"), '{ "nmae": "x" }');
    await prepare(paths, log);
    assert.match((await text(join(paths.notes, "provision-refused"))) ?? "", /nmae/);
    assert.equal(await text(join(paths.efi, "provision.json")), '{ "nmae": "x" }');
  });

  it("falls back to the configuration before a broken one, then to that of a new box; nothing is lost", async () => {
    await prepare(paths, log);
    const file = join(paths.data, "feimu/config.json");
    await writeFile(file, JSON.stringify({ name: "mine" }));
    await prepare(paths, log);
    await writeFile(file, '{ "name": "half');
    await prepare(paths, log);
    assert.equal((await config()).name, "mine");
    assert.equal(await text(`${file}.refused`), '{ "name": "half');
    await writeFile(file, "[]");
    await writeFile(join(paths.data, "feimu/config.previous.json"), "");
    await prepare(paths, log);
    assert.equal((await config()).name, "new");
  });

  it("erases what is personal when reset.txt asks for it, and only then", async () => {
    await prepare(paths, log);
    await mkdir(join(paths.data, "control"));
    await writeFile(join(paths.data, "control/sessions.json"), "{}");
    await writeFile(join(paths.state, "machine-id"), "0123");
    await writeFile(join(paths.data, "feimu/config.json"), JSON.stringify({ name: "mine" }));
    await prepare(paths, log);
    assert.equal((await config()).name, "mine");
    await writeFile(join(paths.efi, "reset.txt"), "");
    await prepare(paths, log);
    assert.equal((await config()).name, "new");
    assert.equal(await text(join(paths.data, "control/sessions.json")), undefined);
    assert.equal(await text(join(paths.state, "machine-id")), "0123");
    assert.equal(await text(join(paths.efi, "reset.txt")), undefined);
  });

  it("does a reset that the page asked for, also one that was cut", async () => {
    await prepare(paths, log);
    const wanted = join(paths.data, "control/reset-wanted");
    await mkdir(join(paths.data, "control"));
    await writeFile(join(paths.data, "control/sessions.json"), "{}");
    await writeFile(join(paths.data, "feimu/config.json"), JSON.stringify({ name: "mine" }));
    await writeFile(wanted, "");
    await prepare(paths, log);
    assert.equal((await config()).name, "new");
    assert.equal(await text(join(paths.data, "control/sessions.json")), undefined);
    assert.equal(await text(wanted), undefined);
  });

  it("gives up an update that the power cut, and nothing else of updates", async () => {
    const update = join(paths.data, "update");
    await mkdir(update);
    await writeFile(join(update, "result"), "installed\n");
    await prepare(paths, log);
    assert.equal(await text(join(update, "result")), "installed\n");
    for (const name of ["bundle.raucb", "request", "force", "progress"])
      await writeFile(join(update, name), "");
    await prepare(paths, log);
    assert.deepEqual(await readdir(update), ["result"]);
  });

  it("opens the rescue screen after four starts that did not last, and only then", async () => {
    const rescue = () => text(join(paths.notes, "rescue"));
    for (let start = 0; start < 4; start++) {
      await prepare(paths, log);
      assert.equal(await rescue(), undefined);
    }
    await prepare(paths, log);
    assert.equal(await rescue(), "");
    await rm(paths.notes, { recursive: true });
    await prepare(paths, log);
    assert.equal(await rescue(), undefined);
    // A start that lasted forgets those before.
    for (let start = 0; start < 8; start++) {
      await rm(join(paths.state, "starts"));
      await prepare(paths, log);
      assert.equal(await rescue(), undefined);
    }
  });

  it("keeps the settings of a newer system for it, and goes on with the newest that it knows", async () => {
    const file = join(paths.data, "feimu/config.json");
    await prepare(paths, log);
    const [ours, theirs] = [currentVersion(), currentVersion() + 1];
    const copyOf = (version: number) => join(paths.data, `feimu/config.v${version}.json`);
    await writeFile(copyOf(ours), JSON.stringify({ version: ours, name: "mine" }));
    const newer = { version: theirs, name: "mine", more: "what this system does not know" };
    await writeFile(file, JSON.stringify(newer));
    await prepare(paths, log);
    assert.equal((await config()).name, "mine");
    assert.equal((await config()).version, ours);
    assert.deepEqual(JSON.parse((await text(copyOf(theirs)))!), newer);
    assert.equal(await text(join(paths.notes, "config-refused")), undefined);
  });

  it("leaves the settings alone where nothing can be written", async function () {
    await prepare(paths, log);
    const file = join(paths.data, "feimu/config.json");
    await writeFile(file, JSON.stringify({ name: "mine" }));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "none", paths.state], { stdio: "ignore" });
    } catch {
      return this.skip();
    }
    try {
      await writeFile(join(paths.state, "full"), Buffer.alloc(4096));
      await prepare(paths, log);
      assert.equal((await config()).name, "mine");
      assert.equal(await text(join(paths.notes, "hostname")), "mine");
    } finally {
      execFileSync("umount", [paths.state]);
    }
  });
});
