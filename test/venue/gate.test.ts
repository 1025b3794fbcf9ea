import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buckets } from "../../src/venue/buckets.ts";
import { Gate } from "../../src/venue/gate.ts";

describe("the guests' gate", () => {
  let folder = "";
  let file = "";
  let nowMs = 0;
  let gate: Gate;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-gate-"));
    file = join(folder, "guests.key");
    nowMs = 1_000_000;
    gate = await Gate.open(file, () => nowMs);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("lets in who read the code of this minute or the last, in whatever case", () => {
    const { code } = gate;
    assert.match(code, /^[2-9A-HJ-NP-Z]{8}$/);
    assert(gate.guestOf(gate.enter(code.toLowerCase(), "a")));
    nowMs += 60_000;
    assert.notEqual(gate.code, code);
    assert(gate.guestOf(gate.enter(code, "a")));
    nowMs += 60_000;
    assert.throws(() => gate.enter(code, "a"), { code: "GUEST_CODE_OLD" });
  });

  it("does not take a code that nobody renewed for long", () => {
    const { code } = gate;
    nowMs += 3_600_000;
    assert.throws(() => gate.enter(code, "a"), { code: "GUEST_CODE_OLD" });
    for (const wrong of ["", "-", code.slice(1), `${code}A`, "飞幕飞幕飞幕飞幕"]) {
      assert.throws(() => gate.enter(wrong, "a"), { code: "GUEST_CODE_OLD" }, wrong);
    }
  });

  it("knows its guests after a restart, until the event ends", async () => {
    const held = gate.enter(gate.code, "a");
    const guest = gate.guestOf(held);
    const next = await Gate.open(file, () => nowMs);
    assert.equal(next.guestOf(held), guest);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await next.renew();
    assert.equal(next.guestOf(held), undefined);
    assert.equal((await Gate.open(file, () => nowMs)).guestOf(held), undefined);
  });

  it("takes nothing that it did not give, and a new secret for a broken one", async () => {
    const held = gate.enter(gate.code, "a");
    for (const wrong of [undefined, "", ".", `x${held}`, `${held}x`, held.split(".")[0], "a.b.c"]) {
      assert.equal(gate.guestOf(wrong), undefined);
    }
    await writeFile(file, "short");
    const next = await Gate.open(file, () => nowMs);
    assert.equal(next.guestOf(held), undefined);
    assert(next.guestOf(next.enter(next.code, "a")));
  });

  it("lets one phone say three things at once, then one in five seconds", () => {
    for (let times = 0; times < 3; times++) gate.say("one");
    assert.throws(() => gate.say("one"), { code: "GUEST_WAIT", waitMs: 5_000 });
    gate.say("another");
    nowMs += 5_000;
    gate.say("one");
    assert.throws(() => gate.say("one"), { code: "GUEST_WAIT" });
  });

  it("lets a hall in through one address, and stops who tries codes", () => {
    for (let phone = 0; phone < 599; phone++) assert.throws(() => gate.enter("AAAAAAAA", "nat"));
    gate.enter(gate.code, "nat");
    assert.throws(() => gate.enter(gate.code, "nat"), { code: "GUEST_WAIT" });
    gate.enter(gate.code, "elsewhere");
  });
});

describe("token buckets", () => {
  it("stay few, however many ask", () => {
    const buckets = new Buckets({ capacity: 1, perSecond: 1 }, () => 0);
    for (let key = 0; key < 20_000; key++) assert.equal(buckets.spend(String(key)), 0);
    assert.equal(buckets.spend("19999"), 1_000);
    assert.equal(buckets.spend("0"), 0, "forgotten, thus full");
  });
});
