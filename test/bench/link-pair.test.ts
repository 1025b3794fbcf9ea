import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { ADDRESSES, LinkError, LinkPair } from "../../src/bench/link/namespaces.ts";

const ECHO = `const s = require("node:dgram").createSocket("udp4");
  s.on("message", (m, from) => s.send(m, from.port, from.address)).bind(7000, () => console.log("bound"));`;
/** Milliseconds of each of ten round trips, one after the other. */
const ASK = `const s = require("node:dgram").createSocket("udp4"); const times = []; let at;
  const ask = () => { at = performance.now(); s.send(Buffer.alloc(1000), 7000, "${ADDRESSES.b}"); };
  s.on("message", () => { times.push(performance.now() - at);
    if (times.length < 10) return ask(); console.log(JSON.stringify(times)); s.close(); }); ask();`;

const lines = (child: ChildProcess) =>
  createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
const namespaces = () => execFileSync("ip", ["netns", "list"], { encoding: "utf8" });

async function roundTrips(pair: LinkPair): Promise<number[]> {
  const child = pair.run("a", process.execPath, ["-e", ASK]);
  const { value } = await lines(child).next();
  return (JSON.parse(String(value)) as number[]).toSorted((one, other) => one - other);
}

describe("link between namespaces", function () {
  this.timeout(60_000);
  let folder: string;

  before(async function () {
    if (process.getuid?.() !== 0) {
      console.error("      skipped: network namespaces need root");
      return this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "feimu-link-"));
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it("delays, changes by hand, traces, counts, and leaves nothing", async () => {
    const trace = join(folder, "trace.csv");
    const pair = await LinkPair.open({ steps: ["0,8000,20,0,300"], trace });
    const echo = pair.run("b", process.execPath, ["-e", ECHO]);
    try {
      assert.equal((await lines(echo).next()).value, "bound");
      const calm = await roundTrips(pair);
      // 20 ms each way, and 1,028 bytes at 8 Mbps there.
      assert.ok((calm[0] ?? 0) > 41 && (calm[5] ?? 0) < 80, `round trips of ${calm} ms`);

      assert.match(await pair.change("delayMs 50 kbps 800"), /^forward kbps 800 delayMs 50 /);
      const slow = await roundTrips(pair);
      assert.ok((slow[0] ?? 0) > 80, `round trips of ${slow} ms`);

      await assert.rejects(pair.change("speed 9"), { name: "LinkError", code: "LINK_EMULATOR" });
    } finally {
      echo.kill("SIGKILL");
    }
    const figures = await pair.close();
    assert.ok(figures.forward.delivered >= 20 && figures.forward.deliveredBytes >= 20 * 1028);
    assert.equal(
      figures.forward.lost + figures.forward.dropped + figures.back.lost + figures.back.dropped,
      0,
    );
    assert.match(
      await readFile(trace, "utf8"),
      /^way,inUs,outUs,bytes,queueUs,fate\n.*forward,\d+,\d+,1028,\d+,delivered\n/s,
    );
    assert.ok(!namespaces().includes(pair.names.a) && !namespaces().includes(pair.names.b));
  });

  it("removes the namespaces of a process that was killed", async () => {
    const file = fileURLToPath(new URL("../../src/bench/link/namespaces.ts", import.meta.url));
    const code = `import { LinkPair } from ${JSON.stringify(file)};
      const pair = await LinkPair.open({ steps: ["0,8000,1,0,300"] });
      console.log(pair.names.a); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
    const name = String((await lines(child).next()).value);
    assert.ok(namespaces().includes(name));
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(namespaces().includes(name));
    await using pair = await LinkPair.open({ steps: ["0,8000,1,0,300"] });
    assert.ok(namespaces().includes(pair.names.a) && !namespaces().includes(name));
  });

  it("names what it cannot do, and leaves nothing then", async () => {
    await assert.rejects(LinkPair.open({ steps: ["0,fast"] }), (error) => {
      assert.ok(error instanceof LinkError && error.code === "LINK_EMULATOR");
      return true;
    });
    assert.ok(!namespaces().includes(`feimu-link-${process.pid}-`));
  });
});
