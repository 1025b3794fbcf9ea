import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { guestAddress, hostAddress, type Machine } from "./machine.ts";

/** What scripts/test-image made for the tests. */
export const given = {
  image: process.env.FEIMU_IMAGE ?? "",
  folder: process.env.FEIMU_IMAGE_FOLDER ?? "",
  tap: process.env.FEIMU_IMAGE_TAP ?? "",
  bundle: process.env.FEIMU_IMAGE_BUNDLE ?? "",
  testDisplay: process.env.FEIMU_IMAGE_TEST_DISPLAY ?? "",
  bundles: process.env.FEIMU_IMAGE_BUNDLES ?? "",
};
export const page = `http://${guestAddress}/`;
export const processes = ["box", "stage", "media", "comments", "control"];

/** Puts a file on the boot partition, as a person with a card reader does. */
export function putOnEsp(disk: string, name: string, text: string): void {
  const file = join(given.folder, name);
  writeFileSync(file, text);
  execFileSync("mcopy", ["-o", "-i", `${disk}@@16M`, file, `::${name}`]);
}

/** A script for the guest that writes to its boot partition. */
export const onEsp = (script: string) =>
  `mount -o remount,rw /efi && { ${script}; }; sync -f /efi; mount -o remount,ro /efi`;

/** Holes stay holes. */
export function copyDisk(from: string, to: string): void {
  execFileSync("cp", ["--sparse=always", from, to]);
}

/** A disk that the image was written to, with a provision.json for this network. */
export function newDisk(disk: string, name: string, size = "6G"): void {
  mkdirSync(dirname(disk), { recursive: true });
  copyDisk(given.image, disk);
  execFileSync("truncate", [`--size=${size}`, disk]);
  const provision = { name, address: { ip: `${guestAddress}/24`, gateway: hostAddress } };
  putOnEsp(disk, "provision.json", JSON.stringify(provision));
}

export const answers = async () =>
  (await fetch(page, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined))?.ok;

/** A browser that the box has let in. */
export class Operator {
  readonly #cookie: string;

  private constructor(cookie: string) {
    this.#cookie = cookie;
  }

  static async claim(machine: Machine): Promise<Operator> {
    const enter = async () => {
      // Without a pipe, which would hide how the command ended.
      const said = await machine.run("feimu pin");
      const pin = /^\d{8}/m.exec(said)?.[0];
      assert(pin, said);
      return fetch(`${page}api/claim`, {
        method: "POST",
        body: JSON.stringify({ pin }),
        headers: { "content-type": "application/json" },
      });
    };
    let response = await enter();
    // The process that gave the PIN was killed by a test before, and may have come back with another one meanwhile.
    if (response.status === 403) response = await enter();
    assert.equal(response.status, 200, await response.text());
    return new Operator(response.headers.getSetCookie()[0]?.split(";")[0] ?? "");
  }

  async call(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<unknown> {
    const file = body instanceof Blob;
    const response = await fetch(`${page}${path}`, {
      method,
      ...(body && { body: file ? body : JSON.stringify(body) }),
      headers: {
        cookie: this.#cookie,
        ...(body && { "content-type": file ? "application/octet-stream" : "application/json" }),
      },
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    return JSON.parse(text);
  }

  /** What the page does with a file that the operator chose. */
  async handIn(file: string): Promise<void> {
    await this.call("POST", "api/update?force=1", new Blob([readFileSync(file)]));
  }

  async update(): Promise<{ phase: string; reason: string; last: string }> {
    return (await this.call("GET", "api/update")) as { phase: string; reason: string; last: string };
  }
}
