import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Server as NetServer,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Server as GrpcServer, ServerCredentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import { createServer as createCoapServer } from "coap";
import mqtt from "mqtt";
import { WebSocketServer } from "ws";
import { sign } from "../../../src/rooms/custom/signature.ts";
import { openRoom } from "../../../src/rooms/registry.ts";
import { type Message, serviceDefinition } from "../../../src/rpc/proto.ts";
import { CustomRoomSimulator } from "../../../src/simulators/custom/room.ts";
import { freePort } from "../../system/box-harness.ts";
import { Kept } from "../kept.ts";

const SECRET = "a secret of theirs";
const portOf = (server: NetServer) => (server.address() as AddressInfo).port;

describe("an operator's own system", () => {
  let kept: Kept<CustomRoomSimulator>;
  const closers: (() => unknown)[] = [];
  beforeEach(() => {
    kept = new Kept(new CustomRoomSimulator());
  });
  afterEach(async () => {
    await kept.end();
    for (const close of closers.splice(0).reverse()) await close();
  });
  const start = (room: object) => kept.keep({ platform: "custom", id: "hall", ...room }, openRoom);
  const texts = () => kept.comments.map(({ text }) => text);

  describe("over long polls", () => {
    let answer: (request: IncomingMessage, response: ServerResponse) => void;
    const asked: string[] = [];
    const open = async (feed: object = {}, credentials: object = { token: "T" }) => {
      asked.length = 0;
      const server = createHttpServer((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        answer(request, response);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      closers.push(
        () => server.closeAllConnections(),
        () => server.close(),
      );
      const address = `http://127.0.0.1:${portOf(server)}/feed?hall=1`;
      await start({ transport: "long-poll", endpoints: { feed: address }, feed, credentials });
    };

    it("asks on from where the last answer ended, and waits while one is held back", async () => {
      let held: ServerResponse | undefined;
      answer = (request, response) => {
        assert.equal(request.headers.authorization, "Bearer T");
        const cursor = new URL(request.url ?? "", "http://x").searchParams.get("cursor");
        if (cursor === null) response.end('{"next":"c1","list":[{"t":"一"},{"t":"二"}]}');
        else if (cursor === "c1") held = response;
        else response.writeHead(204).end();
      };
      await open({ mapping: { comments: "$.list", text: "$.t", cursor: "$.next" } });
      await kept.until(() => kept.comments.length === 2);
      while (!held) await delay(5);
      assert.equal(kept.status.state, "live");
      held.end('{"next":"c2","list":[{"t":"三"}]}');
      await kept.until(() => kept.comments.length === 3);
      assert.deepEqual(texts(), ["一", "二", "三"]);
      assert.deepEqual(asked.slice(0, 2), ["GET /feed?hall=1", "GET /feed?hall=1&cursor=c1"]);
    });

    it("says hello in each question", async () => {
      answer = (request, response) => {
        void request
          .toArray()
          .then((parts) => response.end(JSON.stringify({ text: `${Buffer.concat(parts)}` })));
      };
      await open({ hello: "room 5" });
      await kept.until(() => texts().includes("room 5"));
    });

    for (const [code, failure] of [
      [401, "ROOM_TOKEN_REFUSED"],
      [404, "ROOM_NOT_FOUND"],
      [429, "ROOM_THROTTLED"],
      [500, "ROOM_BAD_REPLY"],
    ] as const) {
      it(`names what ${code} means`, async () => {
        answer = (_request, response) => response.writeHead(code).end();
        await open();
        await kept.until(() => kept.status.failure === failure);
      });
    }
  });

  describe("over a WebSocket", () => {
    const open = async (onHello: (send: (text: string) => void, hello: string) => void) => {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      await once(server, "listening");
      closers.push(() => {
        for (const client of server.clients) client.terminate();
        server.close();
      });
      server.on("connection", (socket, request) => {
        assert.equal(request.headers.authorization, `Basic ${Buffer.from("u:p").toString("base64")}`);
        socket.on("message", (data, binary) => {
          assert(!binary);
          onHello((text) => socket.send(text), String(data));
        });
      });
      const { port } = server.address() as AddressInfo;
      await start({
        transport: "websocket",
        endpoints: { feed: `ws://127.0.0.1:${port}/x` },
        credentials: { username: "u", password: "p" },
        feed: { hello: '{"subscribe":"hall"}' },
      });
      return server;
    };

    it("says hello and hears one message after the other, also after a break", async () => {
      const server = await open((send, hello) => send(JSON.stringify({ text: hello })));
      await kept.until(() => kept.comments.length === 1);
      assert.deepEqual(texts(), ['{"subscribe":"hall"}']);
      for (const client of server.clients) client.terminate();
      await kept.until(() => kept.comments.length === 2);
      assert.equal(kept.status.failure, undefined);
    });
  });

  describe("over MQTT", () => {
    let broker: ChildProcess;
    let port: number;
    let folder: string;
    const startBroker = async () => {
      broker = spawn("mosquitto", ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
      for (;;) {
        const probe = connectTcp(port, "127.0.0.1");
        const open = await once(probe, "connect").then(
          () => true,
          () => false,
        );
        probe.destroy();
        if (open) return;
        await delay(20);
      }
    };
    const stopBroker = async () => {
      const ended = once(broker, "exit");
      broker.kill();
      await ended;
    };
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "feimu-mqtt-"));
      port = await freePort();
      execFileSync("mosquitto_passwd", ["-b", "-c", join(folder, "passwords"), "box", "word"]);
      const lines = [
        `listener ${port} 127.0.0.1`,
        "allow_anonymous false",
        `password_file ${join(folder, "passwords")}`,
        "persistence true",
        `persistence_location ${folder}/`,
        "user root",
      ];
      writeFileSync(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
      await startBroker();
      closers.push(async () => {
        await stopBroker();
        rmSync(folder, { recursive: true });
      });
    });
    const publish = async (...messages: string[]) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: "box",
        password: "word",
      });
      for (const text of messages)
        await client.publishAsync("venue/hall/say", JSON.stringify({ text }), { qos: 1 });
      await client.endAsync();
    };
    const room = (password: string) => ({
      transport: "mqtt",
      endpoints: { feed: `mqtt://127.0.0.1:${port}/venue/+/say` },
      credentials: { username: "box", password },
    });

    it("hears a topic, and after a break what came meanwhile", async () => {
      await start(room("word"));
      await kept.untilState("live");
      await publish("一", "二", "二");
      await kept.until(() => kept.comments.length === 3);
      await kept.end();
      await publish("三");
      await stopBroker();
      await startBroker();
      await publish("四");
      kept = new Kept(new CustomRoomSimulator());
      await start(room("word"));
      await kept.until(() => kept.comments.length === 2);
      assert.deepEqual(texts(), ["三", "四"]);
    });

    it("connects anew when the broker is restarted", async () => {
      await start(room("word"));
      await kept.untilState("live");
      await stopBroker();
      await kept.untilState("recovering");
      await startBroker();
      await kept.untilState("live");
      await publish("wieder da");
      await kept.until(() => kept.comments.length === 1);
    });

    it("is told that the broker does not take the password", async () => {
      await start(room("wrong"));
      await kept.until(() => kept.status.failure === "ROOM_TOKEN_REFUSED");
    });
  });

  it("over MQTT is heard once when the broker sends a message twice", async () => {
    // A broker that does not hear our acknowledgement, and sends again what it sent: [publish, topic "t", packet 9, no properties, text]
    const publish = (dup: boolean, text: string) => {
      const body = Buffer.concat([Buffer.from([0, 1, 0x74, 0, 9, 0]), Buffer.from(JSON.stringify({ text }))]);
      return Buffer.concat([Buffer.from([dup ? 0x3a : 0x32, body.length]), body]);
    };
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections++;
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        if (bytes[0] === 0x10) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
        if (bytes[0] !== 0x82) return;
        socket.write(Buffer.from([0x90, 4, bytes[2]!, bytes[3]!, 0, 1]));
        socket.write(publish(connections > 1, "六六六"));
        if (connections === 1) setTimeout(() => socket.destroy(), 50);
        // The same words in another message are another comment.
        else socket.write(publish(false, "六六六"));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    await start({ transport: "mqtt", endpoints: { feed: `mqtt://127.0.0.1:${portOf(server)}/t` } });
    await kept.until(() => kept.comments.length === 2);
    await delay(50);
    assert.deepEqual([connections, texts()], [2, ["六六六", "六六六"]]);
  });

  describe("over gRPC", () => {
    const open = async (run: (call: ServerWritableStream<Message, Message>) => void) => {
      const server = new GrpcServer();
      server.addService(serviceDefinition("feimu.v1.Feed"), { follow: run });
      const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        ),
      );
      closers.push(() => server.forceShutdown());
      await start({
        transport: "grpc",
        endpoints: { feed: `grpc://127.0.0.1:${port}` },
        credentials: { token: "T" },
      });
    };

    it("follows a stream, and goes on after the last comment it has", async () => {
      const requests: string[] = [];
      await open((call) => {
        assert.deepEqual(call.metadata.get("authorization"), ["Bearer T"]);
        requests.push(`${call.request.room} ${call.request.after ?? ""}`);
        call.write({ id: `id-${requests.length}`, text: `第${requests.length}条` });
        if (requests.length < 3) call.end();
      });
      await kept.until(() => kept.comments.length === 3);
      assert.deepEqual(texts(), ["第1条", "第2条", "第3条"]);
      assert.deepEqual(requests, ["hall ", "hall id-1", "hall id-2"]);
    });

    it("is told that the token is not taken", async () => {
      await open((call) => call.emit("error", { code: status.UNAUTHENTICATED, details: "no" }));
      await kept.until(() => kept.status.failure === "ROOM_TOKEN_REFUSED");
    });
  });

  describe("over CoAP", () => {
    const envelope = (id: string, body: string, secret = SECRET) => {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = sign(secret, { id, timestamp, body: Buffer.from(body) });
      return JSON.stringify({ id, timestamp, signature, body });
    };
    const open = async (onRequest: Parameters<typeof createCoapServer>[1]) => {
      const server = createCoapServer(onRequest);
      const port = await freePort();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
      closers.push(() => server.close());
      await start({
        transport: "coap",
        endpoints: { feed: `coap://127.0.0.1:${port}/hall` },
        credentials: { secret: SECRET },
      });
    };

    it("observes a resource, and takes only what is signed", async () => {
      await open((request, response) => {
        assert.deepEqual([request.url, request.headers.Observe], ["/hall", 0]);
        response.write(envelope("1", '{"text":"一"}'));
        setTimeout(() => response.write(envelope("2", '{"text":"假"}', "another secret")), 20);
        setTimeout(() => response.write('{"text":"也假"}'), 40);
        setTimeout(() => response.write(envelope("1", '{"text":"一"}')), 60);
        setTimeout(() => response.write(envelope("3", '{"text":"二"}')), 80);
      });
      await kept.until(() => kept.comments.length === 2);
      assert.deepEqual(texts(), ["一", "二"]);
      assert.equal(kept.status.skipped, 2);
    });

    it("is told that there is no such resource", async () => {
      await open((_request, response) => {
        response.statusCode = "4.04";
        response.end();
      });
      await kept.until(() => kept.status.failure === "ROOM_NOT_FOUND");
    });
  });

  describe("that posts", () => {
    const post = (id: string, text: string, secret = SECRET) => {
      const body = Buffer.from(JSON.stringify({ text }));
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = sign(secret, { id, timestamp, body });
      return {
        headers: { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature },
        body,
      };
    };

    it("is heard once for each signed message", async () => {
      await start({ transport: "webhook", credentials: { secret: SECRET } });
      await kept.untilState("live");
      assert.equal(kept.take(post("1", "一")), 1);
      assert.equal(kept.take(post("1", "一")), 0);
      assert.throws(() => kept.take(post("2", "假", "another")), { code: "POST_UNSIGNED" });
      assert.throws(() => kept.take({ headers: {}, body: Buffer.alloc(0) }), { code: "POST_UNSIGNED" });
      await kept.until(() => kept.comments.length === 1);
      assert.deepEqual([texts(), kept.comments[0]?.id], [["一"], "1"]);
    });

    it("must have a secret", async () => {
      await start({ transport: "webhook" });
      await kept.until(() => kept.status.failure === "ROOM_TOKEN_WANTED");
      assert.throws(() => kept.take(post("1", "一")), { code: "POST_NOT_HERE" });
    });
  });

  it("is not reached without encryption beyond this network", async () => {
    await assert.rejects(
      start({ transport: "mqtt", endpoints: { feed: "mqtt://broker.example/x" } }),
      /encryption/,
    );
    await assert.rejects(start({ transport: "mqtt", endpoints: { feed: "https://127.0.0.1/x" } }), /mqtts:/);
    await assert.rejects(start({ transport: "websocket" }), /endpoints.feed: expected an address/);
    await assert.rejects(start({ transport: "tcp" }), /expected webhook or/);
    await assert.rejects(
      start({ feed: { mapping: { text: "text" } } }),
      /mapping.text: expected a JSON path/,
    );
    await assert.rejects(kept.keep({ platform: "huya", id: "1", feed: {} }, openRoom), /feed: no such key/);
    // Nothing was opened that would have to end.
    await start({ transport: "webhook" });
  });
});
