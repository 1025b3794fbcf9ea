import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sessions } from "../../src/trust/sessions.ts";

describe("sessions", () => {
  let folder = "";
  let file = "";
  let nowMs = 1_000_000;
  let opened: Sessions[] = [];
  const open = async () => {
    const sessions = await Sessions.open(file, () => nowMs);
    opened.push(sessions);
    return sessions;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-sessions-"));
    file = join(folder, "sessions.json");
    opened = [];
  });
  afterEach(async () => {
    for (const sessions of opened) await sessions.written();
    await rm(folder, { recursive: true });
  });

  it("survive a restart, and the disk does not hold the token", async () => {
    const token = await (await open()).create("Chrome · Android");
    assert.equal((await readFile(file, "utf8")).includes(token), false);
    const again = await open();
    assert.equal(again.find(token)?.device, "Chrome · Android");
    assert.equal(again.find(`${token}x`), undefined);
    assert.equal(again.find(undefined), undefined);
    assert(again.owned);
  });

  it("are revoked one by one; without any the box has no owner", async () => {
    const sessions = await open();
    const first = await sessions.create("a");
    const second = await sessions.create("b");
    await sessions.revoke(sessions.find(first)!.id);
    assert.equal(sessions.find(first), undefined);
    assert(sessions.find(second) && sessions.owned);
    await sessions.revoke(sessions.find(second)!.id);
    assert.equal(sessions.owned, false);
  });

  const day = 24 * 3_600_000;

  it("end when nobody uses them for half a year while another one is used", async () => {
    const sessions = await open();
    const lost = await sessions.create("lost");
    const used = await sessions.create("used");
    nowMs += 179 * day;
    assert(sessions.find(used) && sessions.list().length === 2);
    nowMs += 2 * day;
    assert(sessions.find(used));
    assert.equal(sessions.find(lost), undefined);
  });

  it("do not leave the box to anybody because time passed, or the clock was wrong", async () => {
    const sessions = await open();
    const token = await sessions.create("a");
    nowMs += 20 * 365 * day;
    assert(sessions.owned && sessions.find(token));
    nowMs -= 20 * 365 * day;
    const other = await sessions.create("b");
    assert(sessions.find(token) && sessions.find(other));
  });

  it("let nobody in by a broken file", async () => {
    await writeFile(file, "{broken");
    const sessions = await open();
    assert.equal(sessions.owned, false);
    assert.equal(sessions.find("anything"), undefined);
  });
});
