import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Updates } from "../../src/update/updates.ts";

describe("updates", () => {
  let base: string;
  let folder: string;
  let updates: Updates;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "feimu-updates-"));
    folder = join(base, "update");
    await mkdir(folder);
    updates = await Updates.open({ folder, lastFile: join(base, "last") });
  });
  afterEach(() => rm(base, { recursive: true }));
  const bundle = () => Readable.from([Buffer.from("bun"), Buffer.from("dle")]);

  it("hand the whole bundle over before they ask for it to be installed", async () => {
    assert.equal((await updates.status()).phase, "none");
    await updates.take(bundle(), { force: true });
    assert.equal(await readFile(join(folder, "bundle.raucb"), "utf8"), "bundle");
    assert.deepEqual((await readdir(folder)).toSorted(), ["bundle.raucb", "force", "request"]);
    assert.equal((await updates.status()).phase, "waiting");
    await assert.rejects(updates.take(bundle(), { force: false }), { code: "UPDATE_RUNNING" });
  });

  it("tell how far the updater is and how it ended", async () => {
    await updates.take(bundle(), { force: false });
    await rm(join(folder, "request"));
    await writeFile(join(folder, "progress"), "installing\n  0% Installing\n 40% Copying image to root.1\n");
    assert.deepEqual(await updates.status(), { phase: "installing", percent: 40, reason: "", last: "" });
    await writeFile(join(folder, "result"), "refused\nsignature verification failed\n");
    assert.equal((await updates.status()).phase, "refused");
    assert.equal((await updates.status()).reason, "signature verification failed");
    await writeFile(join(base, "last"), "returned to 0.1.0: it did not start\n");
    assert.equal((await updates.status()).last, "returned to 0.1.0: it did not start");
    // A refused one does not stand in the way of the next.
    await rm(join(folder, "bundle.raucb"));
    await updates.take(bundle(), { force: false });
    assert.equal((await updates.status()).phase, "waiting");
  });

  it("leave nothing of an upload that was cut", async () => {
    const cut = Readable.from(
      (async function* () {
        yield Buffer.from("half");
        throw new Error("the browser left");
      })(),
    );
    await assert.rejects(updates.take(cut, { force: false }), /the browser left/);
    assert.deepEqual(await readdir(folder), []);
  });

  it("are refused where no updater is", async () => {
    const none = await Updates.open({ folder: join(base, "none"), lastFile: join(base, "last") });
    await assert.rejects(none.take(bundle(), { force: false }), { code: "UPDATE_NOT_HERE" });
  });
});
