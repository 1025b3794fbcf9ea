import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";
import { CommentHub } from "../../src/comments/hub.ts";
import { encodeMessage, lookupType } from "../../src/rpc/proto.ts";
import { serve, stream } from "../../src/rpc/server.ts";

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe("the contracts, for a client in another language", function () {
  this.timeout(30_000);
  it("give python3-grpcio the comment stream and the health", async () => {
    const folder = await mkdtemp(join(tmpdir(), "feimu-python-"));
    const socket = join(folder, "comments.sock");
    const hub = new CommentHub();
    const server = await serve(socket, [
      {
        service: "feimu.v1.Comments",
        methods: { subscribe: stream(({ backlog }, signal) => hub.subscribe({ backlog }, signal)) },
      },
    ]);
    server.setServing(true);
    try {
      for (const text of ["第一条", "第二条"]) {
        const comment: Comment = {
          id: text,
          platform: "bilibili",
          room: "1",
          kind: Kind.CHAT,
          timeMs: 1_800_000_000_001,
          receivedMs: 1_800_000_000_002,
          text,
          author: { id: "18446744073709551615", name: "观众" },
          colour: 0xff0000,
          price: { milli: 5_000_000_000, currency: "CNY" },
          verdict: { action: Action.SHOW, revision: 1, reasons: [] },
        };
        hub.publish({ comment, bytes: encodeMessage(lookupType("feimu.v1.Comment"), comment) });
      }
      const proto = file("../../proto");
      await run("protoc", [
        `-I${proto}`,
        `--python_out=${folder}`,
        "feimu/v1/comment.proto",
        "feimu/v1/comments.proto",
        "health.proto",
      ]);
      const { stdout } = await run("/usr/bin/python3", [file("python-client.py"), socket], {
        env: { ...process.env, PYTHONPATH: folder },
      });
      assert.deepEqual(JSON.parse(stdout), {
        health: "SERVING",
        comments: ["第一条", "第二条"].map((text) => ({
          text,
          author: "观众",
          authorId: "18446744073709551615",
          timeMs: 1_800_000_000_001,
          colour: 0xff0000,
          milli: 5_000_000_000,
          action: "SHOW",
        })),
      });
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
