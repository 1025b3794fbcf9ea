import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PNG } from "pngjs";
import { answers, given, newDisk, Operator, onEsp, page, processes } from "./given.ts";
import { Machine, until } from "./machine.ts";
import { green, Stream } from "./stream.ts";

const { folder, tap, bundle, bundles } = given;

function pixels(picture: PNG, like: (r: number, g: number, b: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < picture.data.length; at += 4) {
    if (like(picture.data[at] ?? 0, picture.data[at + 1] ?? 0, picture.data[at + 2] ?? 0)) count++;
  }
  return count;
}

describe("the image in an emulated board", function () {
  this.timeout(600_000);
  const disk = join(folder, "disk.img");
  let machine: Machine;
  const stream = new Stream();

  before(async () => {
    newDisk(disk, "test box");
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    await machine.start();
  });
  after(async () => {
    stream.stop();
    await machine.cutPower();
  });

  it("shows the code of the page that answers", async () => {
    // In this order: looking for the code takes time of the host that starting needs.
    await until("the page answers", answers, 300_000);
    await until("a code on the display", async () => (await machine.code()) === page, 60_000);
    await machine.keepScreenshot("idle.png");
  });

  it("took the name and the address from provision.json and erased it", async () => {
    assert.equal(
      await machine.run("cat /proc/sys/kernel/hostname; ls /efi/provision.json 2>/dev/null || true"),
      "test-box",
    );
  });

  it("made its own id, and grew to the size of the disk", async () => {
    assert.match(await machine.run("cat /etc/machine-id"), /^[0-9a-f]{32}$/);
    assert(Number(await machine.run("df --output=size -BM /data | tail -n 1 | tr -dc 0-9")) > 3000);
  });

  it("runs every process as a user of its own that cannot write the system", async () => {
    for (const name of processes) {
      const script = `systemctl is-active feimu-${name} && ps -o user:20= -p $(systemctl show -P MainPID feimu-${name}) && systemd-analyze security feimu-${name} | tail -n 1`;
      const [active, user, exposure] = (await machine.run(script)).split("\n");
      assert.equal(active, "active");
      assert.equal(user, `feimu-${name}`);
      assert(Number(/([\d.]+) (SAFE|OK)/.exec(exposure ?? "")?.[1] ?? 10) <= 2, exposure);
      for (const path of ["/usr/x", "/etc/x", "/efi/x", "/state/x", "/usr/lib/feimu/x"]) {
        await machine.run(
          `! setpriv --reuid feimu-${name} --regid feimu --init-groups touch ${path} 2>/dev/null`,
        );
      }
    }
  });

  it("leaves none of its own services more than it needs", async () => {
    const exposures = await machine.run(
      `cd /usr/lib/systemd/system && for unit in feimu-*.service; do
         echo "$unit $(systemd-analyze security $unit | tail -n 1 | grep -oE '[0-9]+\\.[0-9]')"
       done`,
    );
    for (const line of exposures.split("\n")) {
      const [unit, exposure] = line.split(" ");
      assert(Number(exposure) <= 2, `${unit}: ${exposure}`);
    }
  });

  it("has one open port for strangers", async () => {
    const listening = await machine.run(
      "ss -Hlntu | awk '{ print $1, $5 }' | grep -v '127\\.0\\.0\\|\\[::1\\]\\|%lo' | sort -u",
    );
    const ports = new Set(listening.split("\n").map((line) => line.replace(/ .*:/, " ")));
    // 5353 and 5355: the box's name in the local network; 546: DHCPv6.
    for (const known of ["tcp 80", "udp 5353", "udp 5355", "tcp 5355", "udp 546"]) ports.delete(known);
    assert.deepEqual([...ports], []);
  });

  it("keeps the last frame lit when the stage is killed, and takes over", async () => {
    const before = await machine.screenshot();
    await machine.run("systemctl kill -s KILL feimu-stage");
    const after = await machine.screenshot();
    assert(before.data.equals(after.data), "the picture changed");
    await until(
      "the stage is back",
      async () => (await machine.run("systemctl is-active feimu-stage || true")) === "active",
      120_000,
    );
    assert.equal(await machine.code(), page);
  });

  it("goes on without a display, and lights it when it comes back", async () => {
    const status = "/sys/class/drm/card0-Virtual-1/status";
    const backend = async () => /"backend": *"([a-z]*)"/.exec(await machine.run("feimu status --json"))?.[1];
    await machine.run(`echo off > ${status}`);
    await until("it went on without", async () => (await backend()) === "headless", 60_000);
    await machine.run(`echo detect > ${status}`);
    await until("it is lit again", async () => (await backend()) === "kms", 60_000);
    await until("the code is there", async () => (await machine.code()) === page, 60_000);
  });

  it("does the main job: a picture by RTP with comments of a room over it", async () => {
    await stream.start(machine);
    await until(
      "picture and comments on the display",
      async () => {
        stream.say();
        await delay(1_000);
        const picture = await machine.screenshot();
        const video = pixels(picture, (r, g, b) => r + b > 150 && g < 70);
        const comment = pixels(
          picture,
          (r, g, b) => Math.abs(r - green.r) < 40 && g > 220 && Math.abs(b - green.b) < 40,
        );
        return video > 200_000 && comment > 1_500;
      },
      240_000,
    );
    await machine.keepScreenshot("main-job.png");
    // The guest has udmabuf: the picture is drawn from where the decoder wrote it.
    assert.match(await machine.run("feimu status --json"), /"imported": *true/);
    assert.equal(await answers(), true);
  });

  it("brings each killed process back", async () => {
    for (const name of processes) {
      const unit = `feimu-${name}`;
      const old = await machine.run(`systemctl show -P MainPID ${unit}; systemctl kill -s KILL ${unit}`);
      await until(
        `${name} is back`,
        async () => {
          // Asked together: one after the other, the old state could come with no process.
          const now = (await machine.run(`systemctl show -p MainPID -p ActiveState ${unit}`)).split("\n");
          return now.includes("ActiveState=active") && !now.includes(`MainPID=${old}`);
        },
        180_000,
      );
    }
    await until("the page answers", answers, 60_000);
  });

  const refusedBundles = readdirSync(bundles).filter(
    (name) => !["panics.raucb", "unhealthy.raucb"].includes(name),
  );
  let operator: Operator;
  const slot = () => machine.run("sed -n 's/.*rauc.slot=\\([AB]\\).*/\\1/p' /proc/cmdline");
  const environment = () => machine.run("grub-editenv /efi/EFI/BOOT/grubenv list | sort");

  it("refuses what is old, foreign, expired, unsigned, damaged or another product's, and changes nothing", async () => {
    stream.stop();
    operator = await Operator.claim(machine);
    const before = await environment();
    for (const name of refusedBundles) {
      await operator.handIn(join(bundles, name));
      await until(`${name} is refused`, async () => (await operator.update()).phase === "refused", 120_000);
      console.log(`      ${name}: ${(await operator.update()).reason.split("\n")[0]}`);
      await until(`${name} left no trace`, async () => (await environment()) === before, 30_000);
    }
  });

  it("lets only the user of updates drive the updater", async () => {
    for (const name of processes) {
      await machine.run(
        `! setpriv --reuid feimu-${name} --regid feimu --init-groups rauc status >/dev/null 2>&1`,
      );
    }
    await machine.run("setpriv --reuid feimu-update --regid feimu --init-groups rauc status");
  });

  it("takes an update into the other slot, starts it, and calls it good", async () => {
    assert.equal(await slot(), "A");
    const deviceTree = "/efi/dtb/rockchip/rk3588-rock-5b.dtb";
    await machine.run(onEsp(`echo old > ${deviceTree}`));
    await operator.handIn(bundle);
    await until(
      "it is installed",
      async () => (await operator.update().catch(() => undefined))?.phase === "installed",
      400_000,
    );
    machine.expectRestart();
    await until("it runs the other slot", async () => (await slot().catch(() => "")) === "B", 400_000);
    await until(
      "it is called good",
      async () => (await machine.run("cat /state/update-result || true")).startsWith("updated to"),
      400_000,
    );
    assert.match(await environment(), /B_OK=1/);
    assert.match(await environment(), /^TRIAL=$/m);
    await until("the page answers", answers, 60_000);
    // Settings survived, and so did what went wrong before.
    await machine.run("grep -q 'feimu-stage.*code=killed' /data/log/warnings");
    assert.equal(await machine.run("cat /proc/sys/kernel/hostname"), "test-box");
    assert.match((await operator.update()).last, /^updated to /);
    await until(
      "the device trees are those of the new system",
      async () => Number(await machine.run(`stat -c %s ${deviceTree}`)) > 100_000,
      30_000,
    );
  });

  it("starts as a new box after a reset from its page", async () => {
    const id = await machine.run("cat /etc/machine-id");
    const before = await slot();
    await operator.call("POST", "api/reset", {});
    machine.expectRestart();
    await until(
      "it has forgotten its owner",
      async () => (await machine.run("cat /proc/sys/kernel/hostname").catch(() => "")) === "feimu",
      400_000,
    );
    assert.equal(await machine.run("cat /etc/machine-id"), id);
    await machine.run(
      "! ls /state/provision.json /data/control/sessions.json /data/control/reset-wanted 2>/dev/null",
    );
    assert.equal(await slot(), before);
  });
});
