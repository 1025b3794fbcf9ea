import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { runtimeDirOf } from "../../src/box/paths.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness } from "./box-harness.ts";

/** Ports that a process of the box listens on, TCP (state 0A) of both families. */
async function listeningPorts(pids: readonly number[]): Promise<number[]> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode) inodes.add(inode);
    }
  }
  const ports: number[] = [];
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === "0A" && inodes.has(fields[9] ?? ""))
        ports.push(Number.parseInt(fields[1]!.split(":").at(-1)!, 16));
    }
  }
  return ports;
}

describe("strangers", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  before(() => box.start());
  after(() => box.stop());

  it("find one port of the box: the page's", async () => {
    const { processes } = await box.until("box", "feimu.v1.Box", "watchProcesses", () => true);
    const ports = await listeningPorts(processes.map(({ pid }: Message) => pid));
    assert.deepEqual([...new Set(ports)], [box.webPort]);
  });

  it("reach no gRPC method: the sockets lie in a folder that only the box's user may enter", async () => {
    const folder = runtimeDirOf(box.configFile);
    assert.equal((await stat(folder)).mode & 0o077, 0);
    const sockets = (await readdir(folder)).filter((name) => name.endsWith(".sock"));
    for (const name of ["box.sock", "stage.sock", "media.sock", "comments.sock", "control.sock"]) {
      assert(sockets.includes(name), name);
    }
    if (process.getuid?.() !== 0) return;
    for (const name of sockets) {
      const connect = `import socket; socket.socket(socket.AF_UNIX).connect(${JSON.stringify(join(folder, name))})`;
      const attempt = promisify(execFile)("setpriv", [
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "/usr/bin/python3",
        "-c",
        connect,
      ]);
      await assert.rejects(attempt, /PermissionError/, name);
    }
  });

  it("see on the display what gives no control once the box has an owner", async () => {
    const claim = await fetch(`http://127.0.0.1:${box.webPort}/api/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pin: await box.pin() }),
    });
    assert.equal(claim.status, 200);
    const hello = await (await fetch(`http://127.0.0.1:${box.webPort}/api/hello`)).json();
    assert.deepEqual(hello, {
      name: "feimu-test",
      owned: true,
      session: false,
      pinOffered: false,
      rescue: false,
    });
    const late = await fetch(`http://127.0.0.1:${box.webPort}/api/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pin: await box.pin() }),
    });
    assert.equal((await late.json()).code, "PIN_NOT_OFFERED");
  });
});

describe("a page's port in use", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  after(() => box.stop());

  it("is told, everything else runs, and the page opens when the port is free", async () => {
    const port = await box.takeWebPort();
    const occupant = createServer().listen(port, "127.0.0.1");
    await box.start();
    while (!box.log.join("").includes('"failure":"WEB_PORT_IN_USE"')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await box.until("stage", "feimu.v1.Stage", "watchStatus", ({ introduced }) => introduced);
    await new Promise((resolve) => occupant.close(resolve));
    while (!(await fetch(`http://127.0.0.1:${port}/api/hello`).catch(() => undefined))?.ok) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});
