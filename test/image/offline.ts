import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const SECTOR = 512;
const PIECE = 4 << 20;

/** What fsck.vfat says of a file system that was open for writing when the power went. */
const harmless = [
  /^fsck\.fat /,
  /^Dirty bit is set/,
  /Automatically removing dirty bit/,
  /^Free cluster summary wrong/,
  /Auto-correcting\.$/,
  /^Reclaimed \d+ unused clusters?/,
  /^FATs differ but appear to be intact/,
  /^ +Using first FAT/,
  /^Leaving filesystem unchanged/,
  /: \d+ files, /,
  // The dirty bit stands in the boot sector, and not in its copy.
  /^There are differences between boot sector and its backup/,
  /^This is mostly harmless/,
  /^ +65:01\/00$/,
  /^ +Not automatically fixing this/,
  /^\s*$/,
];

interface Partition {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** What a disk holds while its machine is off. */
export interface DiskState {
  readonly slot: "A" | "B";
  /** The name in the configuration; undefined before there is one. */
  readonly name: string | undefined;
  /** File systems that needed a full repair. */
  readonly mended: readonly string[];
}

/** Looks at disks from outside, as they are after a power cut. The box's own repairs are allowed to happen first. */
export class OfflineCheck {
  readonly #folder: string;
  readonly #boot: string;
  readonly #root: string;
  readonly #ours: ReadonlyMap<string, Buffer>;

  /** `reference`: a disk that was just written. `boot`, `root`: the slots of the system that an update brings. */
  constructor(folder: string, reference: string, boot: string, root: string) {
    this.#folder = folder;
    this.#boot = boot;
    this.#root = root;
    const esp = this.#copy(
      reference,
      partitionsOf(reference).find(({ name }) => name === "esp"),
    );
    const names = ["EFI/BOOT/BOOTAA64.EFI", "EFI/BOOT/grub.cfg", "dtb/rockchip/rk3588-rock-5b.dtb"];
    this.#ours = new Map(names.map((name) => [name, fileOnEsp(esp, name)]));
  }

  #copy(disk: string, partition: Partition | undefined): string {
    assert(partition, `${disk}: a partition is gone`);
    const file = join(this.#folder, `${partition.name}.part`);
    rmSync(file, { force: true });
    execFileSync("dd", [
      ...[`if=${disk}`, `of=${file}`, `bs=${SECTOR * 2048}`, "conv=sparse", "status=none"],
      ...[`skip=${partition.start / 2048}`, `count=${Math.floor(partition.size / 2048)}`],
    ]);
    execFileSync("truncate", [`--size=${partition.size * SECTOR}`, file]);
    return file;
  }

  /** Throws what is wrong with it. */
  check(disk: string): DiskState {
    const partitions = partitionsOf(disk);
    const named = (name: string) => partitions.find((partition) => partition.name === name);
    assert.deepEqual(
      partitions.map(({ name }) => name),
      ["esp", "boot-a", "root-a", "boot-b", "root-b", "state", "data"],
    );

    const esp = this.#copy(disk, named("esp"));
    // Left open for writing is what a power cut does; anything else is damage.
    const fat = spawnSync("fsck.vfat", ["-n", esp], { encoding: "utf8" });
    const damage = fat.stdout.split("\n").filter((line) => !harmless.some((known) => known.test(line)));
    assert.deepEqual(damage, [], fat.stdout);
    for (const [name, ours] of this.#ours) {
      assert(fileOnEsp(esp, name).equals(ours), `${name} on the ESP has changed`);
    }
    const slot = chosenSlot(fileOnEsp(esp, "EFI/BOOT/grubenv"));
    this.#sameStart(disk, named(`boot-${slot.toLowerCase()}`), this.#boot);
    this.#sameStart(disk, named(`root-${slot.toLowerCase()}`), this.#root);

    const mended: string[] = [];
    const state = this.#repaired(disk, named("state"), mended);
    const id = fileOnExt4(state, "machine-id");
    assert(id === "" || /^[0-9a-f]{32}\n$/.test(id), `machine-id: ${JSON.stringify(id)}`);
    const data = this.#repaired(disk, named("data"), mended);
    const config = fileOnExt4(data, "feimu/config.json");
    return { slot, name: config === "" ? undefined : JSON.parse(config).name, mended };
  }

  /** As image/grow and image/initramfs/init do it; notes what took more than the journal and what -p dares. */
  #repaired(disk: string, partition: Partition | undefined, mended: string[]): string {
    const file = this.#copy(disk, partition);
    const check = (how: "-p" | "-y") => spawnSync("e2fsck", [how, "-f", file], { encoding: "utf8" });
    if ((check("-p").status ?? 99) < 4) return file;
    mended.push(partition?.name ?? "");
    const { status, stdout } = check("-y");
    assert((status ?? 99) < 4, `${partition?.name}: ${stdout}`);
    return file;
  }

  #sameStart(disk: string, partition: Partition | undefined, image: string): void {
    assert(partition);
    const at = partition.start * SECTOR;
    assert.equal(
      hashOf(disk, at, statSync(image).size),
      hashOf(image, 0, statSync(image).size),
      `${partition.name} is not whole, and would be started`,
    );
  }
}

function hashOf(path: string, start: number, length: number): string {
  const hash = createHash("sha1");
  const file = openSync(path, "r");
  const piece = Buffer.alloc(PIECE);
  for (let at = 0; at < length; at += PIECE) {
    hash.update(piece.subarray(0, readSync(file, piece, 0, Math.min(PIECE, length - at), start + at)));
  }
  closeSync(file);
  return hash.digest("hex");
}

function partitionsOf(disk: string): Partition[] {
  const table = JSON.parse(
    execFileSync("sfdisk", ["--json", disk], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return table.partitiontable.partitions;
}

const fileOnEsp = (esp: string, name: string) => execFileSync("mtype", ["-i", esp, `::${name}`]);

/** Empty when there is none. */
const fileOnExt4 = (image: string, name: string) =>
  execFileSync("debugfs", ["-R", `cat /${name}`, image], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

/** What GRUB will do with this environment block: image/grub.cfg, said again. */
function chosenSlot(block: Buffer): "A" | "B" {
  assert.equal(block.length, 1024);
  const text = block.toString("latin1");
  assert(text.startsWith("# GRUB Environment Block\n"), "the environment block has lost its head");
  const values = new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  assert.match(values.get("ORDER") ?? "", /^(A B|B A)$/);
  const trial = values.get("TRIAL") ?? "";
  for (const slot of values.get("ORDER")!.split(" ") as ("A" | "B")[]) {
    if (values.get(`${slot}_OK`) !== "1") continue;
    if (slot !== trial || ["0", "1"].includes(values.get(`${slot}_TRY`) ?? "")) return slot;
  }
  throw new Error(`no slot may be started: ${text.slice(0, 200)}`);
}
