import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { answers, given, newDisk, Operator, onEsp, page, processes, putOnEsp } from "./given.ts";
import { guestAddress, Machine, until } from "./machine.ts";

const BOOT_MS = 400_000;

describe("a box that was broken", function () {
  this.timeout(1_800_000);
  const { folder, tap, bundle, bundles } = given;
  const disk = join(folder, "recovery.img");
  let machine: Machine;
  let operator: Operator;

  const open = async (options: { firmware?: "uefi" | "u-boot"; qemu?: string[] } = {}) => {
    machine = new Machine({
      disk,
      folder,
      firmware: options.firmware ?? "uefi",
      tap,
      qemu: options.qemu ?? [],
    });
    await machine.start();
  };
  const codeShown = () =>
    until("the code on the display", async () => (await machine.code()) === page, BOOT_MS);
  const slot = () => machine.run("sed -n 's/.*rauc.slot=\\([AB]\\).*/\\1/p' /proc/cmdline");
  const result = () => machine.run("cat /state/update-result || true");
  const active = (unit: string) => machine.run(`systemctl is-active ${unit} || true`);
  const startOf = (unit: string) => machine.run(`systemctl show -P ActiveEnterTimestampMonotonic ${unit}`);
  const bootId = () => machine.run("cat /proc/sys/kernel/random/boot_id");
  const installed = async () =>
    until(
      "it is installed",
      async () => (await operator.update().catch(() => undefined))?.phase === "installed",
      600_000,
    );

  before(() => newDisk(disk, "test box"));
  after(() => machine?.cutPower());

  it("starts under U-Boot, which has no ACPI", async () => {
    await open({ firmware: "u-boot" });
    await codeShown();
    await until("the page answers", answers, 60_000);
    assert.match(machine.serial, /Booting \/efi\\boot\\bootaa64\.efi/);
    await machine.keepScreenshot("u-boot.png");
    await machine.cutPower();
  });

  it("starts under EDK2 from the same disk", async () => {
    await open();
    await codeShown();
    await until("the page answers", answers, 60_000);
    assert.equal(await slot(), "A");
    assert.match(await machine.run("dmesg | grep -i 'efi v'"), /EDK II/);
    operator = await Operator.claim(machine);
  });

  it("ends a process that does not answer, and starts it again", async () => {
    for (const name of processes) {
      const unit = `feimu-${name}`;
      const before = await startOf(unit);
      await machine.run(`kill -STOP $(systemctl show -P MainPID ${unit})`);
      await until(
        `${name} is back`,
        async () => (await startOf(unit)) !== before && (await active(unit)) === "active",
        300_000,
      );
    }
    await codeShown();
    await until("the page answers", answers, 60_000);
    // Not that the box thinks that its settings did it: the next tests start from a box like any other.
    await machine.run("systemctl restart feimu-box");
  });

  it("goes on with a full disk, refuses what it cannot keep, and keeps what it has", async () => {
    const name = async () => ((await operator.call("GET", "api/config")) as { name: string }).name;
    const settings = (await operator.call("GET", "api/config")) as object;
    await machine.run(
      "fallocate -l $(df --output=avail -B1 /data | tail -n 1) /data/full; head -c 100M /dev/zero >>/data/full || true",
    );
    await assert.rejects(operator.call("PUT", "api/config", { ...settings, name: "does not fit" }));
    await assert.rejects(operator.handIn(join(bundles, "panics.raucb")), /UPDATE_DISK_FULL/);
    assert.equal(await name(), "test box");
    machine.expectRestart();
    await machine.cutPower();
    await open();
    await codeShown();
    await until("the page answers", answers, 60_000);
    assert.equal(await name(), "test box");
    await machine.run("rm /data/full");
    await operator.call("PUT", "api/config", { ...settings, name: "fits" });
    assert.equal(await name(), "fits");
    await operator.call("PUT", "api/config", settings);
  });

  it("returns from a system whose kernel panics, and says why", async () => {
    await operator.handIn(join(bundles, "panics.raucb"));
    await installed();
    machine.expectRestart();
    await until(
      "it is back",
      async () => (await result().catch(() => "")).startsWith("returned to"),
      BOOT_MS * 2,
    );
    assert.equal(await slot(), "A");
    assert.match(await result(), /it did not start/);
    await codeShown();
    assert.match((await operator.update()).last, /^returned to .*it did not start/);
  });

  it("returns from a system whose page does not start, and says why", async () => {
    await operator.handIn(join(bundles, "unhealthy.raucb"));
    await machine.run("rm -f /state/update-result");
    await installed();
    machine.expectRestart();
    await until(
      "it is back",
      async () => (await result().catch(() => "")).startsWith("returned to"),
      BOOT_MS * 4,
    );
    assert.equal(await slot(), "A");
    await codeShown();
    assert.match((await operator.update()).last, /^returned to .*feimu-control does not run/);
  });

  it("takes an update with the cable out and the display off", async () => {
    await machine.run(
      onEsp('echo "set extra=video=Virtual-1:d" >/efi/extra.cfg; rm -f /state/update-result'),
    );
    await operator.handIn(bundle);
    await machine.network(false);
    machine.expectRestart();
    await until(
      "it is called good",
      async () => (await result().catch(() => "")).startsWith("updated to"),
      BOOT_MS * 2,
    );
    assert.equal(await slot(), "B");
    assert.equal(await machine.run("cat /sys/class/drm/card0-Virtual-1/status"), "disconnected");
    await machine.run(onEsp("rm /efi/extra.cfg; echo detect >/sys/class/drm/card0-Virtual-1/status"));
    await machine.network(true);
    await codeShown();
    await until("the page answers", answers, 60_000);
  });

  it("takes no update while the running system is on trial", async () => {
    const block = "/efi/EFI/BOOT/grubenv";
    await machine.run(`grub-editenv ${block} set TRIAL=${await slot()}`);
    const before = await machine.run(`grub-editenv ${block} list`);
    await operator.handIn(bundle);
    await until("it is refused", async () => (await operator.update()).phase === "refused", 300_000);
    assert.match((await operator.update()).reason, /on trial/);
    assert.equal(await machine.run(`grub-editenv ${block} list`), before);
    await machine.run(`grub-editenv ${block} unset TRIAL`);
  });

  it("is started again by the watchdog when the system hangs", async () => {
    const before = await bootId();
    // systemd itself stands still: nobody feeds the watchdog any more.
    await machine.run("(sleep 1; echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze) >/dev/null 2>&1 &");
    machine.expectRestart();
    await until("it started again", async () => (await bootId().catch(() => before)) !== before, BOOT_MS * 2);
    await codeShown();
  });

  it("keeps its sessions and its page when the clock jumps, and does not start in 1970", async () => {
    const allActive = async () => {
      for (const name of processes) if ((await active(`feimu-${name}`)) !== "active") return false;
      return true;
    };
    const restarts = () =>
      machine.run(`systemctl show -P NRestarts ${processes.map((name) => `feimu-${name}`).join(" ")}`);
    await until("all is up", allActive, 200_000);
    const before = await restarts();
    await machine.run("systemctl stop systemd-timesyncd || true; date -s '2040-01-01'");
    await operator.call("GET", "api/config");
    await machine.run("date -s '2030-01-01'");
    await operator.call("GET", "api/config");
    await machine.run("sleep 70", 200_000);
    assert.equal(await restarts(), before);
    await machine.cutPower();
    await open({ qemu: ["-rtc", "base=1970-01-01T00:00:00"] });
    await codeShown();
    await until("the page answers", answers, 60_000);
    const built = Number(await machine.run("stat -c %Y /usr/lib/clock-epoch"));
    assert(Number(await machine.run("date +%s")) >= built);
    await operator.call("GET", "api/config");
  });

  it("opens the rescue screen after four short starts; its PIN erases, power alone does not", async () => {
    await machine.run("echo 4 >/state/starts; sync /state/starts");
    await machine.cutPower();
    await open();
    await codeShown();
    await until("the page answers", answers, 60_000);
    await operator.call("GET", "api/config");
    const hello = (await (await fetch(`${page}api/hello`)).json()) as { rescue: boolean };
    assert.equal(hello.rescue, true);
    await machine.keepScreenshot("rescue.png");
    const pin = await machine.readPin();
    const wrong = await fetch(`${page}api/claim`, {
      method: "POST",
      body: JSON.stringify({ pin }),
      headers: { "content-type": "application/json" },
    });
    assert.equal(wrong.status, 403, "the PIN of the rescue screen must let nobody in");
    const reset = await fetch(`${page}api/rescue/reset`, {
      method: "POST",
      body: JSON.stringify({ pin }),
      headers: { "content-type": "application/json" },
    });
    assert.equal(reset.status, 200, await reset.text());
    machine.expectRestart();
    await until(
      "it has forgotten its owner",
      async () => (await machine.run("cat /proc/sys/kernel/hostname").catch(() => "")) === "feimu",
      BOOT_MS,
    );
  });

  it("erases everything with a reset.txt on its boot partition", async () => {
    await machine.run("echo secret >/data/control/left-behind; sync /data/control/left-behind");
    await machine.cutPower();
    putOnEsp(disk, "reset.txt", "");
    putOnEsp(disk, "provision.json", JSON.stringify({ address: { ip: `${guestAddress}/24` } }));
    await open();
    await codeShown();
    await machine.run("! ls /data/control/left-behind /efi/reset.txt /efi/provision.json 2>/dev/null");
    await machine.cutPower();
    execFileSync("rm", [disk]);
  });
});
