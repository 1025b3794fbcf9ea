import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { brotliCompressSync, deflateSync } from "node:zlib";
import { WebSocketServer } from "ws";
import { formatPacket, Operation, type Packet, PacketStream } from "../../rooms/bilibili/packets.ts";
import { mixinKey, signQuery } from "../../rooms/bilibili/wbi.ts";
import { commandOf, type Saying } from "./commands.ts";

/** What the room does to its clients on request. */
export const misbehaviours = [
  "drop",
  "stall",
  "bad-auth",
  "garbage",
  "risk-control",
  "throttle",
  "new-keys",
] as const;
export type Misbehaviour = (typeof misbehaviours)[number];

const SHORT_ID = "732";
const HEARTBEAT_LIMIT_MS = 70_000;
const HELLO_LIMIT_MS = 5_000;
const MAX_BODY = 64 << 10;

interface Client {
  send(bytes: Buffer): void;
  end(): void;
}

const hex = (seed: number) =>
  Array.from({ length: 32 }, (_, index) => ((seed * 7919 + index * 104_729) % 16).toString(16)).join("");

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MAX_BODY) throw new Error("too long");
  }
  return JSON.parse(text || "{}");
}

/**
 * A Bilibili live room on loopback: the HTTP calls with their signature check, the socket over WebSocket and TCP,
 * real frames. `/simulator/say` and `/simulator/misbehave` are its remote control.
 */
export class BilibiliRoomSimulator {
  readonly #roomId: string;
  readonly #http: Server;
  readonly #tcp: TcpServer;
  #host = "127.0.0.1";
  readonly #clients = new Set<Client>();
  #token = "";
  #keySeed = 1;
  #refuseAuth = 0;
  #riskControl = 0;
  #throttle = 0;
  /** Connections that stay open and get nothing any more. */
  readonly #stalled = new WeakSet<Client>();

  constructor(roomId: string) {
    this.#roomId = roomId;
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        response
          .writeHead(400, { "content-type": "application/json" })
          .end(JSON.stringify({ error: error.message }));
      });
    });
    const sockets = new WebSocketServer({ server: this.#http, path: "/sub", maxPayload: 1 << 16 });
    sockets.on("connection", (socket) => {
      const client = { send: (bytes: Buffer) => socket.send(bytes), end: () => socket.terminate() };
      const session = this.#session(client);
      socket.on("message", (data: Buffer) => session.receive(data));
      socket.on("close", session.close);
      socket.on("error", () => {});
    });
    this.#tcp = createTcpServer((socket) => {
      const client = { send: (bytes: Buffer) => void socket.write(bytes), end: () => socket.destroy() };
      const session = this.#session(client);
      socket.on("data", (data) => session.receive(data as Buffer));
      socket.on("close", session.close);
      socket.on("error", () => {});
    });
  }

  /** Port 0 takes a free one. Resolves with the port of HTTP and WebSocket. */
  async listen(port: number, host = "127.0.0.1"): Promise<number> {
    this.#host = host;
    this.#http.listen(port, host);
    await once(this.#http, "listening");
    this.#tcp.listen(0, host);
    await once(this.#tcp, "listening");
    return this.#port(this.#http);
  }

  close(): void {
    for (const client of this.#clients) client.end();
    this.#http.close();
    this.#http.closeAllConnections();
    this.#tcp.close();
  }

  /** Clients that have said hello and were taken. */
  get clients(): number {
    return this.#clients.size;
  }

  say(...sayings: Saying[]): void {
    this.send(...sayings.map((saying) => commandOf(saying, Date.now())));
  }

  /** Commands in one frame, compressed as a busy room's are. */
  send(...commands: object[]): void {
    const inner = Buffer.concat(
      commands.map((command) => formatPacket(Operation.MESSAGE, JSON.stringify(command), 0)),
    );
    const packet =
      commands.length === 1 && inner.length < 300
        ? inner
        : formatPacket(Operation.MESSAGE, brotliCompressSync(inner), 3);
    this.#broadcast(packet);
  }

  misbehave(how: Misbehaviour): void {
    switch (how) {
      case "drop":
        for (const client of this.#clients) client.end();
        break;
      case "stall":
        for (const client of this.#clients) this.#stalled.add(client);
        break;
      case "bad-auth":
        this.#refuseAuth++;
        for (const client of this.#clients) client.end();
        break;
      case "risk-control":
        this.#riskControl += 2;
        for (const client of this.#clients) client.end();
        break;
      case "throttle":
        this.#throttle++;
        for (const client of this.#clients) client.end();
        break;
      case "new-keys":
        this.#keySeed++;
        break;
      case "garbage":
        this.#broadcast(Buffer.from("00000000000000000000000000000000ffff", "hex"));
        this.#broadcast(formatPacket(Operation.MESSAGE, deflateSync(Buffer.alloc(1 << 20)), 2));
        this.#broadcast(formatPacket(Operation.MESSAGE, "{nonsense", 0));
        this.#broadcast(formatPacket(Operation.MESSAGE, '{"cmd":"DANMU_MSG","info":17}', 0));
        break;
    }
  }

  #broadcast(packet: Buffer) {
    for (const client of this.#clients) {
      if (!this.#stalled.has(client)) client.send(packet);
    }
  }

  #port(server: Server | TcpServer): number {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** One connection, from its hello on. */
  #session(client: Client) {
    let deadline = setTimeout(client.end, HELLO_LIMIT_MS);
    const onPacket = ({ operation, body }: Packet) => {
      if (this.#stalled.has(client)) return;
      if (operation === Operation.AUTH) {
        const hello = JSON.parse(body.toString());
        const good =
          String(hello.roomid) === this.#roomId &&
          hello.key === this.#token &&
          hello.buvid &&
          hello.protover === 3;
        if (this.#refuseAuth > 0 || !good) {
          this.#refuseAuth = Math.max(0, this.#refuseAuth - 1);
          client.send(formatPacket(Operation.AUTH_REPLY, '{"code":-101}'));
          return client.end();
        }
        client.send(formatPacket(Operation.AUTH_REPLY, '{"code":0}'));
        this.#clients.add(client);
      } else if (operation !== Operation.HEARTBEAT || !this.#clients.has(client)) {
        return client.end();
      } else {
        client.send(formatPacket(Operation.HEARTBEAT_REPLY, Buffer.from([0, 0, 0, 1])));
      }
      clearTimeout(deadline);
      deadline = setTimeout(client.end, HEARTBEAT_LIMIT_MS);
    };
    const stream = new PacketStream(
      (packet) => {
        try {
          onPacket(packet);
        } catch {
          client.end();
        }
      },
      () => client.end(),
    );
    return {
      receive: (bytes: Buffer) => void (stream.push(bytes) || client.end()),
      close: () => {
        clearTimeout(deadline);
        this.#clients.delete(client);
      },
    };
  }

  #keys() {
    return [1, 2].map((part) => `https://i0.hdslb.com/bfs/wbi/${hex(this.#keySeed * 10 + part)}.png`) as [
      string,
      string,
    ];
  }

  #signed(url: URL): boolean {
    const { w_rid: given, wts, ...parameters } = Object.fromEntries(url.searchParams);
    const expected = signQuery(parameters, mixinKey(...this.#keys()) ?? "", Number(wts));
    return given !== undefined && expected.endsWith(`w_rid=${given}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://simulator");
    const reply = (body: object) =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.method === "POST" && url.pathname === "/simulator/say") {
      this.say((await readJson(request)) as Saying);
      return reply({ clients: this.clients });
    }
    if (request.method === "POST" && url.pathname === "/simulator/send") {
      this.send(await readJson(request));
      return reply({ clients: this.clients });
    }
    if (request.method === "POST" && url.pathname === "/simulator/misbehave") {
      const { how } = await readJson(request);
      const known = misbehaviours.find((name) => name === how);
      if (!known) throw new Error(`Expected one of ${misbehaviours.join(", ")} for how`);
      this.misbehave(known);
      return reply({ clients: this.clients });
    }
    if (this.#throttle > 0) {
      this.#throttle--;
      response.writeHead(412, { "content-type": "text/html" }).end("<html>too many requests</html>");
      return;
    }
    switch (url.pathname) {
      case "/x/frontend/finger/spi":
        return reply({
          code: 0,
          data: { b_3: "5A0C2F1E-0000-4000-8000-simulated0000infoc", b_4: "SIMULATED-B4" },
        });
      case "/x/web-interface/nav": {
        const [img_url, sub_url] = this.#keys();
        return reply({
          code: -101,
          message: "账号未登录",
          data: { isLogin: false, wbi_img: { img_url, sub_url } },
        });
      }
      case "/room/v1/Room/get_info": {
        const id = url.searchParams.get("room_id");
        if (id !== this.#roomId && id !== SHORT_ID)
          return reply({ code: 1, message: "未找到该房间", data: {} });
        const data = {
          room_id: Number(this.#roomId),
          short_id: Number(SHORT_ID),
          title: "飞幕演示直播间",
          live_status: 1,
        };
        return reply({ code: 0, data });
      }
      case "/xlive/web-room/v1/index/getDanmuInfo":
        return reply(this.#danmuInfo(url, request));
      default:
        response.writeHead(404).end();
    }
  }

  #danmuInfo(url: URL, request: IncomingMessage): object {
    const refused =
      this.#riskControl > 0 || !this.#signed(url) || !request.headers.cookie?.includes("buvid3=");
    this.#riskControl = Math.max(0, this.#riskControl - 1);
    if (refused) return { code: -352, message: "-352", ttl: 1 };
    this.#token = `token-${Math.random().toString(36).slice(2)}`;
    const host = {
      host: this.#host,
      port: this.#port(this.#tcp),
      ws_port: this.#port(this.#http),
      wss_port: 443,
    };
    return { code: 0, data: { token: this.#token, host_list: [host] } };
  }
}
