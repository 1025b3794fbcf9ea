import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, watch } from "../../src/rpc/client.ts";
import { RpcError, type RpcServer, serve, stream, unary } from "../../src/rpc/server.ts";

describe("rpc", () => {
  let folder: string;
  let socket: string;
  let server: RpcServer | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-rpc-"));
    socket = join(folder, "box.sock");
  });
  afterEach(async () => {
    server?.close();
    await rm(folder, { recursive: true });
  });

  const serveConfigs = (...configs: string[]) =>
    serve(socket, [
      {
        service: "feimu.v1.Box",
        methods: {
          patchConfig: unary((request) => {
            if (request.json === "bad") throw new RpcError(3, "no good");
            return { revision: 7, errors: [request.json] };
          }),
          watchConfig: stream(async function* () {
            for (const json of configs) yield { json, revision: 1 };
          }),
          watchProcesses: stream(async function* () {}),
        },
      },
    ]);

  it("carries a request and its reply over a stale socket file", async () => {
    await writeFile(socket, "");
    server = await serveConfigs();
    const client = connect(socket, "feimu.v1.Box");
    assert.deepEqual(await client.unary("patchConfig", { json: "{}" }), { revision: 7, errors: ["{}"] });
    await assert.rejects(client.unary("patchConfig", { json: "bad" }), { code: 3, details: "no good" });
    client.close();
  });

  it("ends a stream when the caller leaves", async () => {
    server = await serveConfigs("a", "b");
    const client = connect(socket, "feimu.v1.Box");
    const seen: string[] = [];
    for await (const { json } of client.stream("watchConfig", {}, AbortSignal.timeout(5_000)))
      seen.push(json);
    assert.deepEqual(seen, ["a", "b"]);
    client.close();
  });

  it("keeps nothing of the writes that had to wait for a slow reader", async () => {
    const json = "x".repeat(1 << 16);
    const waiting: number[] = [];
    server = await serve(socket, [
      {
        service: "feimu.v1.Box",
        methods: {
          patchConfig: unary(() => ({})),
          watchConfig: stream(async function* (_request, signal) {
            for (let revision = 0; revision < 300; revision++) {
              waiting.push(getEventListeners(signal, "abort").length);
              yield { json, revision };
            }
          }),
          watchProcesses: stream(async function* () {}),
        },
      },
    ]);
    const client = connect(socket, "feimu.v1.Box");
    let taken = 0;
    for await (const { revision } of client.stream("watchConfig", {}, AbortSignal.timeout(5_000))) {
      assert.equal(revision, taken++);
    }
    assert.equal(taken, 300);
    assert.deepEqual([...new Set(waiting)], [0]);
    client.close();
  });

  it("finds a restarted server again", async () => {
    server = await serveConfigs("first");
    const client = connect(socket, "feimu.v1.Box");
    const stop = new AbortController();
    const configs = watch(client, "watchConfig", {}, stop.signal)[Symbol.asyncIterator]();
    assert.equal((await configs.next()).value.json, "first");
    server.close();
    server = await serveConfigs("second");
    let { value } = await configs.next();
    while (value.json === "first") value = (await configs.next()).value;
    assert.equal(value.json, "second");
    stop.abort();
    await configs.return?.();
    client.close();
  });

  it("tells its health by the standard contract", async () => {
    server = await serveConfigs();
    const client = connect(socket, "grpc.health.v1.Health");
    assert.equal((await client.unary("check", {})).status, 2);
    server.setServing(true);
    assert.equal((await client.unary("check", {})).status, 1);
    client.close();
  });
});
