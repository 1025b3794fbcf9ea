import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serviceManager } from "../../src/host/service-manager.ts";

/** Node has no datagram Unix sockets: Perl's, which every Debian has, prints what arrives. */
const listener = `
use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die; print "bound\\n";
while (defined recv($s, my $m, 4096, 0)) { print "$m\\n"; }`;

describe("service manager", () => {
  let folder: string;
  let child: ChildProcessWithoutNullStreams;
  let lines: AsyncIterator<string>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-notify-"));
    child = spawn("perl", ["-e", listener, join(folder, "notify")]);
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "bound");
  });
  afterEach(async () => {
    child.kill();
    await once(child, "exit");
    await rm(folder, { recursive: true });
  });

  it("is not there without a socket", () => assert.equal(serviceManager({}), undefined));

  it("is told states, and that the event loop turns", async () => {
    const stop = new AbortController();
    const manager = serviceManager({ NOTIFY_SOCKET: join(folder, "notify"), WATCHDOG_USEC: "20000" });
    manager?.notify("READY=1");
    assert.equal((await lines.next()).value, "READY=1");
    manager?.keepAlive(stop.signal);
    assert.equal((await lines.next()).value, "WATCHDOG=1");
    assert.equal((await lines.next()).value, "WATCHDOG=1");
    stop.abort();
  });
});
