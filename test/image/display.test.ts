import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { given, newDisk } from "./given.ts";
import { Machine } from "./machine.ts";

describe("a display with two planes", function () {
  this.timeout(900_000);
  const { folder, tap, testDisplay } = given;
  const disk = join(folder, "display.img");
  let machine: Machine;
  after(() => machine?.cutPower());

  it("shows comments on a plane of their own as if they were drawn into the picture", async () => {
    newDisk(disk, "test box");
    for (const name of ["vkms.ko", "planes-test"]) {
      execFileSync("mcopy", ["-o", "-i", `${disk}@@16M`, join(testDisplay, name), "::"]);
    }
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    await machine.start();
    await machine.run("true", 400_000);
    const said = await machine.run(
      `modprobe -a drm_shmem_helper drm_kms_helper drm_client_lib configfs 2>/dev/null
       insmod /efi/vkms.ko enable_overlay=1 enable_writeback=1
       cp /efi/planes-test /tmp/ && chmod +x /tmp/planes-test
       for node in /dev/dri/card*; do
         case $(readlink -f /sys/class/drm/$(basename $node)/device) in */vkms) exec /tmp/planes-test $node ;; esac
       done
       echo "no vkms node" && false`,
      300_000,
    );
    console.log(`      ${said.split("\n").at(-1)}`);
  });
});
