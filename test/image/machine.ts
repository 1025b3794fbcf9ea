import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PNG } from "pngjs";

/** Of the guest; the host is .1 on the same tap. */
export const guestAddress = "10.77.0.2";
export const hostAddress = "10.77.0.1";

/** A shell for the tests. It comes from outside, as a unit in the firmware's tables: the image holds nothing of it. */
const agent = `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/bash -c 'exec 3<>/dev/virtio-ports/feimu.test; while read -r mark script <&3; do out=$(base64 -d <<<"$script" | timeout 120 bash 2>&1); printf "%%s\\n%%s %%d\\n" "$out" "$mark" $? >&3; done'
Restart=always
RestartSec=1
`;

export interface MachineOptions {
  readonly disk: string;
  /** For sockets, logs and pictures. */
  readonly folder: string;
  readonly firmware: "uefi" | "u-boot";
  readonly tap: string;
  /** Further arguments of QEMU. */
  readonly qemu?: readonly string[];
  /** Records every write and flush of the disk in this file, in the format of the kernel's dm-log-writes. */
  readonly writeLog?: string;
}

const firmwareFiles = {
  uefi: "/usr/share/AAVMF/AAVMF_CODE.fd",
  uefiVariables: "/usr/share/AAVMF/AAVMF_VARS.fd",
  "u-boot": "/usr/lib/u-boot/qemu_arm64/u-boot.bin",
} as const;

/** The box in QEMU: an emulated arm64 board with a display, a disk, a network card and a watchdog. */
export class Machine {
  readonly #options: MachineOptions;
  #qemu: ChildProcess | undefined;
  #shell: Socket | undefined;
  #answers = "";
  #monitor: Socket | undefined;
  #replies = "";

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  get serial(): string {
    const file = join(this.#options.folder, "serial.log");
    return existsSync(file) ? readFileSync(file, "latin1") : "";
  }

  async start(): Promise<void> {
    const { disk, folder, firmware, tap, qemu: more = [], writeLog } = this.#options;
    const at = (name: string) => join(folder, name);
    // U-Boot makes tables of its own: there the guest has no shell for us.
    const credential = (name: string, text: string) => {
      if (firmware === "u-boot") return [];
      writeFileSync(
        at(name),
        `io.systemd.credential.binary:systemd.${name}=${Buffer.from(text).toString("base64")}`,
      );
      return ["-smbios", `type=11,path=${at(name)}`];
    };
    const drive = writeLog
      ? [
          ...["-blockdev", `driver=file,node-name=disk-file,filename=${disk}`],
          ...["-blockdev", "driver=raw,node-name=disk-raw,file=disk-file"],
          ...["-blockdev", `driver=file,node-name=log-file,filename=${writeLog}`],
          ...["-blockdev", "driver=blklogwrites,node-name=disk,file=disk-raw,log=log-file"],
        ]
      : ["-drive", `if=none,id=disk,format=raw,file=${disk},cache=writeback`];
    if (writeLog) writeFileSync(writeLog, "");
    for (const name of ["agent.sock", "qmp.sock", "serial.log"]) rmSync(at(name), { force: true });
    if (firmware === "uefi" && !existsSync(at("variables.fd")))
      copyFileSync(firmwareFiles.uefiVariables, at("variables.fd"));
    const flash = (file: string, readonly: boolean) => [
      "-drive",
      `if=pflash,format=raw,file=${file}${readonly ? ",readonly=on" : ""}`,
    ];
    const qemu = spawn(
      "qemu-system-aarch64",
      [
        ..."-M virt -cpu cortex-a72 -smp 2 -m 2048 -accel tcg,thread=multi,tb-size=512".split(" "),
        ...(firmware === "uefi"
          ? [...flash(firmwareFiles.uefi, true), ...flash(at("variables.fd"), false)]
          : ["-bios", firmwareFiles["u-boot"]]),
        ...drive,
        ..."-device virtio-blk-pci,drive=disk -device virtio-gpu-pci,xres=1280,yres=720".split(" "),
        ..."-device virtio-rng-pci -device i6300esb -action watchdog=reset".split(" "),
        ...["-netdev", `tap,id=net,ifname=${tap},script=no,downscript=no`],
        ..."-device virtio-net-pci,netdev=net,romfile=".split(" "),
        ...credential("extra-unit.test-shell.service", agent),
        ...credential("unit-dropin.multi-user.target", "[Unit]\nWants=test-shell.service\n"),
        ...["-device", "virtio-serial-pci"],
        ...["-chardev", `socket,id=agent,path=${at("agent.sock")},server=on,wait=off`],
        ...["-device", "virtserialport,chardev=agent,name=feimu.test"],
        ...["-qmp", `unix:${at("qmp.sock")},server=on,wait=off`],
        ...["-serial", `file:${at("serial.log")}`, "-display", "none"],
        ...more,
      ],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    this.#qemu = qemu;
    this.#shell = await this.#connect("agent.sock");
    this.#shell.setEncoding("utf8").on("data", (text: string) => {
      this.#answers += text;
    });
    this.#monitor = await this.#connect("qmp.sock");
    this.#monitor.setEncoding("utf8").on("data", (text: string) => {
      this.#replies += text;
    });
    await this.#tell({ execute: "qmp_capabilities" });
  }

  async #connect(name: string): Promise<Socket> {
    for (;;) {
      assert.equal(this.#qemu?.exitCode, null, "qemu has ended");
      const socket = connect(join(this.#options.folder, name));
      try {
        await once(socket, "connect");
        socket.on("error", () => {});
        return socket;
      } catch {
        await delay(50);
      }
    }
  }

  /** One QMP command; waits until it is done. */
  async #tell(command: object): Promise<void> {
    const id = randomBytes(4).toString("hex");
    this.#replies = "";
    this.#monitor?.write(`${JSON.stringify({ ...command, id })}\n`);
    for (const giveUp = Date.now() + 20_000; !this.#replies.includes(id); await delay(5)) {
      assert(Date.now() < giveUp, `no reply to ${JSON.stringify(command)}`);
    }
    assert(!this.#replies.includes('"error"'), this.#replies);
  }

  /** Runs a script as root in the guest. Throws when it does not end with 0. */
  async run(script: string, withinMs = 90_000): Promise<string> {
    const giveUp = Date.now() + withinMs;
    // Before its shell is there, a guest that starts swallows what it is told: something short, again and again.
    if (!this.#answered && script !== "true") await this.run("true", withinMs);
    for (;;) {
      const mark = `mark-${randomBytes(6).toString("hex")}`;
      this.#answers = "";
      this.#shell?.write(`${mark} ${Buffer.from(script).toString("base64")}\n`);
      const sayAgain = Math.min(giveUp, Date.now() + (this.#answered ? withinMs : 5_000));
      while (Date.now() < sayAgain) {
        const found = new RegExp(`^([\\s\\S]*?)\\n?${mark} (\\d+)\\n`).exec(this.#answers);
        if (found) {
          this.#answered = true;
          const output = (found[1] ?? "").replaceAll("\r", "");
          assert.equal(found[2], "0", `${script}\n${output}`);
          return output.trim();
        }
        await delay(20);
      }
      assert(Date.now() < giveUp, `the guest does not answer: ${script}\n${this.serial.slice(-2000)}`);
    }
  }
  #answered = false;

  /** A file with what the display shows. */
  async #dump(format: "png" | "ppm"): Promise<string> {
    const filename = join(this.#options.folder, `screen.${format}`);
    await this.#tell({ execute: "screendump", arguments: { filename, format } });
    return filename;
  }

  /** What the display shows, taken from outside the guest. */
  async screenshot(): Promise<PNG> {
    return PNG.sync.read(readFileSync(await this.#dump("png")));
  }

  /** The text of the QR code on the display, undefined while there is none. */
  async code(): Promise<string | undefined> {
    // Asked again and again of a machine with much to do: nothing is packed and unpacked.
    const file = await this.#dump("ppm");
    try {
      return execFileSync("zbarimg", ["--quiet", "--raw", "--nodbus", file], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    } catch {
      return undefined;
    }
  }

  /** The eight digits on the display, as a camera would read them. */
  async readPin(): Promise<string> {
    const file = await this.#dump("png");
    const text = execFileSync("tesseract", [file, "-", "--psm", "11"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pin = /\b(\d{4}) ?(\d{4})\b/.exec(text);
    assert(pin, `no PIN on the display: ${text}`);
    return `${pin[1]}${pin[2]}`;
  }

  /** Keeps what the display shows as a picture beside the logs. */
  async keepScreenshot(name: string): Promise<void> {
    copyFileSync(await this.#dump("png"), join(this.#options.folder, name));
  }

  /** Plugs the network cable in or out. */
  async network(up: boolean): Promise<void> {
    await this.#tell({ execute: "set_link", arguments: { name: "net", up } });
  }

  /** The power goes, at once. */
  async cutPower(): Promise<void> {
    if (!this.#qemu || this.#qemu.exitCode !== null || this.#qemu.signalCode !== null) return;
    this.#qemu.kill("SIGKILL");
    await once(this.#qemu, "exit");
    this.#shell?.destroy();
    this.#monitor?.destroy();
    this.#answered = false;
  }

  /** The guest restarts itself, or is told to: its shell goes away until it is back. */
  expectRestart(): void {
    this.#answered = false;
  }
}

/** Tries until it is true. */
export async function until(
  what: string,
  check: () => Promise<boolean | undefined> | boolean | undefined,
  withinMs: number,
): Promise<void> {
  for (const giveUp = Date.now() + withinMs; ; await delay(500)) {
    if (await check()) return;
    assert(Date.now() < giveUp, `not within ${withinMs / 1000} s: ${what}`);
  }
}
