import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PNG } from "pngjs";
import { BilibiliRoomSimulator } from "../../src/simulators/bilibili/room.ts";
import { guestAddress, hostAddress, Machine, until } from "./machine.ts";

const image = process.env.FEIMU_IMAGE ?? "";
const folder = process.env.FEIMU_IMAGE_FOLDER ?? "";
const tap = process.env.FEIMU_IMAGE_TAP ?? "";
const bundle = process.env.FEIMU_IMAGE_BUNDLE ?? "";
const bundles = process.env.FEIMU_IMAGE_BUNDLES ?? "";
const page = `http://${guestAddress}/`;
const processes = ["box", "stage", "media", "comments", "control"];
const room = "21452505";
const words = [
  "飞幕，弹幕飞过屏幕",
  "这个画面好清楚",
  "主播晚上好",
  "哈哈哈哈哈",
  "来了来了",
  "第一次来",
  "关注了",
  "加油加油",
];
const green = { r: 0, g: 255, b: 102 };

/** Puts files on the boot partition, as a person with a card reader does. */
function putOnEsp(disk: string, name: string, text: string): void {
  const file = join(folder, name);
  writeFileSync(file, text);
  execFileSync("mcopy", ["-o", "-i", `${disk}@@16M`, file, `::${name}`]);
}

const answers = async () =>
  (await fetch(page, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined))?.ok;

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
  let ffmpeg: ChildProcess | undefined;
  const simulator = new BilibiliRoomSimulator(room);

  before(async () => {
    mkdirSync(folder, { recursive: true });
    cpSync(image, disk, { mode: 0 });
    execFileSync("truncate", ["--size=6G", disk]);
    const provision = { name: "test box", address: { ip: `${guestAddress}/24`, gateway: hostAddress } };
    putOnEsp(disk, "provision.json", JSON.stringify(provision));
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    await machine.start();
  });
  after(async () => {
    ffmpeg?.kill("SIGKILL");
    simulator.close();
    await machine.cutPower();
  });

  it("shows the code of the page that answers", async () => {
    await until("a code on the display", async () => (await machine.code()) === page, 300_000);
    await until("the page answers", answers, 60_000);
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
    const backend = () => machine.run('feimu status --json | grep -o \'"backend": *"[a-z]*"\' | head -n 1');
    await machine.run(`echo off > ${status}`);
    await until("it went on without", async () => (await backend()).includes("headless"), 60_000);
    await machine.run(`echo detect > ${status}`);
    await until("it is lit again", async () => (await backend()).includes("kms"), 60_000);
    await until("the code is there", async () => (await machine.code()) === page, 60_000);
  });

  it("does the main job: a picture by RTP with comments of a room over it", async () => {
    const port = await simulator.listen(0, hostAddress);
    const endpoint = `http://${hostAddress}:${port}`;
    const config = {
      name: "test box",
      web: { host: "0.0.0.0", port: 80 },
      rooms: [{ platform: "bilibili", id: room, endpoints: { api: endpoint, live: endpoint } }],
      sources: [{ kind: "rtp", listen: "0.0.0.0:5004", allow: [hostAddress] }],
      display: { backend: "kms", width: 1280, height: 720, refreshHz: 60 },
    };
    await machine.run(
      `echo '${JSON.stringify(config)}' > /data/feimu/config.json && systemctl restart feimu-box feimu-stage feimu-media feimu-comments feimu-control`,
      240_000,
    );
    ffmpeg = spawn(
      "ffmpeg",
      `-loglevel error -re -f lavfi -i gradients=size=640x360:rate=10:n=2:c0=0xc81e5a:c1=0x1e2ac8:speed=0.005:seed=1 -c:v libx264 -preset ultrafast -tune zerolatency
       -g 10 -f rtp rtp://${guestAddress}:5004`.split(/\s+/),
      { stdio: "ignore" },
    );
    await until("the room is connected", () => simulator.clients > 0, 120_000);
    let said = 0;
    const colour = (green.r << 16) | (green.g << 8) | green.b;
    await until(
      "picture and comments on the display",
      async () => {
        simulator.say(
          { text: words[said++ % words.length] ?? "", author: "观众甲", colour },
          { text: words[said++ % words.length] ?? "", author: "观众乙" },
        );
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
    assert.equal(await answers(), true);
  });

  it("brings each killed process back", async () => {
    for (const name of processes) {
      const old = await machine.run(
        `systemctl show -P MainPID feimu-${name}; systemctl kill -s KILL feimu-${name}`,
      );
      await until(
        `${name} is back`,
        async () => {
          const state = await machine.run(
            `systemctl show -P ActiveState feimu-${name}; systemctl show -P MainPID feimu-${name}`,
          );
          return state.startsWith("active\n") && !state.endsWith(`\n${old}`);
        },
        180_000,
      );
    }
    await until("the page answers", answers, 60_000);
  });

  const refusedBundles = readdirSync(bundles).filter((name) => name !== "panics.raucb");
  /** What the page does with a file that the operator chose; the box has let this "browser" in before. */
  const handIn = async (file: string) => {
    const response = await fetch(`${page}api/update?force=1`, {
      method: "POST",
      body: new Blob([readFileSync(file)]),
      headers: { "content-type": "application/octet-stream", cookie },
    });
    assert.equal(response.status, 200, await response.text());
  };
  const update = async () =>
    (await fetch(`${page}api/update`, { headers: { cookie } })).json() as Promise<{
      phase: string;
      reason: string;
      last: string;
    }>;
  const slot = () => machine.run("sed -n 's/.*rauc.slot=\\([AB]\\).*/\\1/p' /proc/cmdline");
  const environment = () => machine.run("grub-editenv /efi/EFI/BOOT/grubenv list | sort");
  let cookie = "";

  it("refuses what is old, foreign, expired, unsigned, damaged or another product's, and changes nothing", async () => {
    ffmpeg?.kill("SIGKILL");
    const pin = await machine.run("feimu pin | grep -oE '[0-9]{4} ?[0-9]{4}' | tail -n 1");
    const claim = await fetch(`${page}api/claim`, {
      method: "POST",
      body: JSON.stringify({ pin }),
      headers: { "content-type": "application/json" },
    });
    assert.equal(claim.status, 200, await claim.text());
    cookie = claim.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const before = await environment();
    for (const name of refusedBundles) {
      await handIn(join(bundles, name));
      await until(`${name} is refused`, async () => (await update()).phase === "refused", 120_000);
      console.log(`      ${name}: ${(await update()).reason.split("\n")[0]}`);
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
    await handIn(bundle);
    await until(
      "it is installed",
      async () => (await update().catch(() => undefined))?.phase === "installed",
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
    // Settings survived.
    assert.equal(await machine.run("cat /proc/sys/kernel/hostname"), "test-box");
    assert.match((await update()).last, /^updated to /);
  });
});
