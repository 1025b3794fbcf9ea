import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Archive, MAX_MISSED } from "../../src/comments/archive.ts";
import { type Comment, Kind } from "../../src/comments/comment.ts";
import { decodeMessage, lookupType } from "../../src/rpc/proto.ts";

const type = lookupType("feimu.v1.Comment");
const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: 1_000,
  text: `text of ${id}`,
  author: { id: `author of ${id}` },
  ...more,
});
const retraction = (id: string, what: object) =>
  comment(id, { kind: Kind.RETRACT, retraction: { source: 0, ...what } });

describe("the archive", () => {
  let folder = "";
  let archive: Archive;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-archive-"));
    archive = Archive.open(folder);
  });
  afterEach(async () => {
    archive.close();
    await rm(folder, { recursive: true });
  });
  const reopen = () => {
    archive.close();
    archive = Archive.open(folder);
  };
  const decoded = (list: Iterable<Buffer>) => [...list].map((bytes) => decodeMessage(type, bytes) as Comment);
  const since = (sequence: number, room = "1") =>
    decoded(archive.since("douyu", room, sequence)).map(({ id, sequence }) => `${id} ${sequence}`);

  it("numbers each room's comments by itself, on over restarts", () => {
    archive.add([comment("a"), comment("b"), comment("c", { room: "2" })]);
    reopen();
    const [next] = archive.add([comment("d")]);
    assert.equal(next?.comment.sequence, 3);
    assert.deepEqual(since(0), ["a 1", "b 2", "d 3"]);
    assert.deepEqual(since(2), ["d 3"]);
    assert.deepEqual(since(0, "2"), ["c 1"]);
    assert.equal(archive.newest("douyu", "1"), 3);
    assert.equal(archive.newest("douyu", "9"), 0);
  });

  it("knows what a platform repeats, also after a restart", () => {
    archive.add([comment("a"), comment("a")]);
    reopen();
    assert.deepEqual(
      archive.add([comment("a"), comment("b")]).map(({ comment: { id } }) => id),
      ["b"],
    );
    assert.deepEqual(since(0), ["a 1", "b 2"]);
  });

  it("goes on counting where nothing is kept", () => {
    archive.add([comment("a"), comment("b")], false);
    reopen();
    assert.deepEqual(since(0), []);
    assert.equal(archive.add([comment("c")])[0]?.comment.sequence, 3);
  });

  it("gives back nothing that was taken back, and does not take it again", () => {
    archive.add(["a", "b", "c", "d"].map((id) => comment(id)));
    archive.add([retraction("r1", { commentIds: ["a"] }), retraction("r2", { authorId: "author of b" })]);
    archive.add([comment("a")]);
    assert.deepEqual(since(0), ["c 3", "d 4", "r1 5", "r2 6"]);
    archive.add([comment("e", { room: "2" }), retraction("r3", { wholeRoom: true })]);
    // The retraction itself went with the room: who comes later has nothing to take back.
    assert.deepEqual(since(0), []);
    assert.deepEqual(since(0, "2"), ["e 1"]);
  });

  it("forgets what is old, and everything", () => {
    archive.add([comment("a"), comment("b", { receivedMs: 5_000 })]);
    archive.prune(4_000);
    assert.deepEqual(since(0), ["b 2"]);
    archive.clear();
    assert.deepEqual(since(0), []);
    assert.equal(archive.add([comment("d")])[0]?.comment.sequence, 3);
    assert.deepEqual(archive.rooms, [{ platform: "douyu", room: "1" }]);
  });

  it("makes room by what is oldest", () => {
    archive.add(Array.from({ length: 100 }, (_, index) => comment(String(index))));
    archive.makeRoom();
    assert.equal(decoded(archive.all("douyu", "1"))[0]?.sequence, 11);
  });

  it("gives the newest to who was away for long", () => {
    archive.add(Array.from({ length: MAX_MISSED + 10 }, (_, index) => comment(String(index))));
    const missed = decoded(archive.since("douyu", "1", 0));
    assert.equal(missed.length, MAX_MISSED);
    assert.equal(missed.at(-1)?.sequence, MAX_MISSED + 10);
  });

  it("puts a file aside that it cannot read, and begins anew", async () => {
    archive.add([comment("a")]);
    archive.close();
    const file = join(folder, "comments.sqlite");
    await writeFile(file, Buffer.alloc(100_000, "no database"));
    archive = Archive.open(folder);
    assert.deepEqual(since(0), []);
    assert.equal(archive.add([comment("b")])[0]?.comment.sequence, 1);
    assert.equal((await stat(`${file}.broken`)).size, 100_000);
  });

  it("keeps what it has said that it kept, when the process is killed", async () => {
    const writer = fileURLToPath(new URL("archive-writer.ts", import.meta.url));
    const said: string[] = [];
    for (let kill = 0; kill < 3; kill++) {
      const child: ChildProcess = spawn(process.execPath, [writer, folder, String(kill)]);
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout! })) {
        said.push(line);
        if (++lines === 40) child.kill("SIGKILL");
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    reopen();
    const kept = decoded(archive.all("douyu", "1")).map(({ id }) => id);
    assert.equal(new Set(kept).size, kept.length);
    const known = new Set(kept);
    for (const line of said) for (const id of line.split(" ")) assert(known.has(id), id);
    assert.equal(archive.newest("douyu", "1"), kept.length);
  });
});
