import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { answers, given, newDisk, onEsp, page, processes } from "./given.ts";
import { Machine, until } from "./machine.ts";
import { Stream } from "./stream.ts";

const PLAYING_S = 600;

/** Figures, not limits: how fast an emulated machine is depends on the one that emulates it. */
describe("figures of the image", function () {
  this.timeout(1_800_000);
  const { folder, tap } = given;
  const disk = join(folder, "figures.img");
  const stream = new Stream();
  let machine: Machine;
  after(async () => {
    stream.stop();
    await machine?.cutPower();
  });

  /** When the guest's kernel started, in ms of our clock. */
  const kernelStart = async () =>
    Date.now() - 1_000 * Number((await machine.run("cat /proc/uptime")).split(" ")[0]);
  const usedMb = () => machine.run("free -m | awk '$1 == \"Mem:\" { print $3 }'");
  const figure = (what: string, value: string) => console.log(`      ${what}: ${value}`);
  const open = async () => {
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    await machine.start();
  };

  it("seconds from the kernel to the first picture and to the page, beside the same system without them", async () => {
    newDisk(disk, "test box");
    // The first start makes the disk ready; the second one is what happens every day.
    await open();
    await until("the page answers", answers, 400_000);
    await machine.run("sleep 60; sync", 200_000);
    await machine.cutPower();
    await open();
    let shown = 0;
    let answered = 0;
    await until(
      "code and page",
      async () => {
        if (!answered && (await answers())) answered = Date.now();
        if (!shown && (await machine.code()) === page) shown = Date.now();
        return shown > 0 && answered > 0;
      },
      400_000,
    );
    const start = await kernelStart();
    const picture = (shown - start) / 1_000;
    figure("kernel to first picture", `${picture.toFixed(1)} s`);
    figure("kernel to the page's answer", `${((answered - start) / 1_000).toFixed(1)} s`);
    await machine.run("sleep 60", 200_000);
    figure("memory used, idle", `${await usedMb()} MB`);
    const masked = [...processes, "prepare", "health", "lasted"].map(
      (name) => `systemd.mask=feimu-${name}.service`,
    );
    await machine.run(onEsp(`echo 'set extra="${masked.join(" ")}"' >/efi/extra.cfg`));
    await machine.cutPower();
    await open();
    const reached = async () =>
      Number(
        await machine.run("systemctl show -P ActiveEnterTimestampMonotonic multi-user.target", 400_000),
      ) / 1e6;
    await until("multi-user", async () => (await reached()) > 0, 400_000);
    const plain = await reached();
    figure("kernel to multi-user without the box", `${plain.toFixed(1)} s`);
    figure("ratio", (picture / plain).toFixed(2));
    await machine.run(onEsp("rm /efi/extra.cfg"));
    await machine.cutPower();
  });

  it("memory and bytes written while it plays", async () => {
    await open();
    await until("the page answers", answers, 400_000);
    await machine.run("true", 400_000);
    await stream.start(machine);
    const written = async (partition: string) => {
      const stat = await machine.run(
        `cat /sys/class/block/$(basename $(readlink -f /dev/feimu/${partition}))/stat`,
      );
      return Number(stat.trim().split(/\s+/)[6]) * 512;
    };
    for (let second = 0; second < 60; second++) {
      stream.say();
      await delay(1_000);
    }
    const before = [await written("data"), await written("state")];
    for (let second = 0; second < PLAYING_S; second++) {
      stream.say();
      await delay(1_000);
    }
    const after = [await written("data"), await written("state")];
    figure("memory used, playing", `${await usedMb()} MB`);
    figure(`written to data in ${PLAYING_S / 60} minutes`, `${(after[0]! - before[0]!) / 1024} KiB`);
    figure(`written to state in ${PLAYING_S / 60} minutes`, `${(after[1]! - before[1]!) / 1024} KiB`);
    figure("picture of it", join(folder, "playing.png"));
    await machine.keepScreenshot("playing.png");
  });
});
