import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { WebSocketServer } from "ws";
import type { Saying } from "./saying.ts";

const HELLO_LIMIT_MS = 5_000;
const HEARTBEAT_LIMIT_MS = 70_000;
const MAX_BODY = 64 << 10;

/** What every simulated room does to its clients on request; platforms add their own. */
const misbehaviours = ["drop", "stall", "bad-auth", "throttle", "garbage"] as const;

/** PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** One connection of a client. */
export interface Client {
  send(bytes: Uint8Array): void;
  end(): void;
  /** It was let in, and is told what happens. */
  join(): void;
  readonly joined: boolean;
  /** It has spoken as it must: its time starts anew. */
  keep(): void;
}

/** A reply of the platform's HTTP servers: text is a page, a buffer a PNG picture. */
export type HttpReply = object | string | Buffer | undefined;

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MAX_BODY) throw new Error("too long");
  }
  return JSON.parse(text || "{}");
}

/**
 * A live room on loopback that speaks its platform's wire: HTTP calls, WebSocket and TCP. `/simulator/say`, `/simulator/send` and
 * `/simulator/misbehave` are its remote control.
 */
export abstract class RoomSimulator {
  protected host = "127.0.0.1";
  readonly #http: Server;
  readonly #tcp: TcpServer;
  readonly #clients = new Set<Client>();
  readonly #open = new Set<Client>();
  /** Connections that stay open and get nothing any more. */
  readonly #stalled = new WeakSet<Client>();
  #throttle = 0;
  #refuseAuth = 0;

  /** `certificate`: HTTP and WebSocket are encrypted. */
  constructor(certificate?: Certificate) {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.#reply(request, response).catch((error: Error) => {
        response
          .writeHead(400, { "content-type": "application/json" })
          .end(JSON.stringify({ error: error.message }));
      });
    };
    this.#http = certificate ? createTlsServer(certificate, answer) : createServer(answer);
    const sockets = new WebSocketServer({ server: this.#http, maxPayload: 1 << 16 });
    sockets.on("connection", (socket, request) => {
      if (!this.takesPath(request.url ?? "/")) return socket.terminate();
      const session = this.#session(
        (bytes) => socket.send(bytes),
        () => socket.terminate(),
        "websocket",
      );
      socket.on("message", (data: Buffer) => session.hear(data));
      socket.on("ping", session.keep);
      socket.on("close", session.close);
      socket.on("error", () => {});
    });
    this.#tcp = createTcpServer((socket) => {
      const session = this.#session(
        (bytes) => void socket.write(bytes),
        () => socket.destroy(),
        "tcp",
      );
      socket.on("data", (data) => session.hear(data as Buffer));
      socket.on("close", session.close);
      socket.on("error", () => {});
    });
  }

  /** What a client that has just connected is heard by; throwing ends the connection. */
  protected abstract session(client: Client, transport: "websocket" | "tcp"): (bytes: Buffer) => void;
  /** The platform's HTTP calls; undefined: 404. */
  protected abstract answer(url: URL, request: IncomingMessage): HttpReply;
  /** What the platform would send for it, one message each. */
  protected abstract packets(sayings: readonly Saying[]): Uint8Array[];
  /** One message of the platform's own kind, as `/simulator/send` gets it. */
  protected abstract packetOf(message: object): Uint8Array;
  /** What no client can read. */
  protected abstract garbage(): Uint8Array[];

  protected takesPath(_path: string): boolean {
    return true;
  }

  /** How far its clock is ahead. */
  protected clockAheadMs = 0;
  /** Ways of misbehaving that only this platform has. */
  protected readonly ownMisbehaviours: Readonly<Record<string, () => void>> = {};

  /** Port 0 takes a free one. Resolves with the port of HTTP and WebSocket. */
  async listen(port: number, host = "127.0.0.1"): Promise<number> {
    this.host = host;
    this.#http.listen(port, host);
    await once(this.#http, "listening");
    this.#tcp.listen(0, host);
    await once(this.#tcp, "listening");
    return this.port;
  }

  get port(): number {
    return this.#portOf(this.#http);
  }

  get tcpPort(): number {
    return this.#portOf(this.#tcp);
  }

  #portOf(server: Server | TcpServer): number {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  close(): void {
    for (const client of this.#open) client.end();
    this.#http.close();
    this.#http.closeAllConnections();
    this.#tcp.close();
  }

  /** Clients that have said hello and were taken. */
  get clients(): number {
    return this.#clients.size;
  }

  say(...sayings: Saying[]): void {
    for (const packet of this.packets(sayings)) this.broadcast(packet);
  }

  broadcast(packet: Uint8Array): void {
    for (const client of this.#clients) if (!this.#stalled.has(client)) client.send(packet);
  }

  protected dropAll(): void {
    for (const client of this.#clients) client.end();
  }

  /** True once for each `bad-auth` that was asked for. */
  protected refusesAuth(): boolean {
    if (this.#refuseAuth === 0) return false;
    this.#refuseAuth--;
    return true;
  }

  /** Every way in which it can misbehave. */
  get misbehaviours(): readonly string[] {
    return [...misbehaviours, ...Object.keys(this.ownMisbehaviours)];
  }

  /** Throws for what this room does not know. */
  misbehave(how: string): void {
    const own = this.ownMisbehaviours[how];
    if (own) {
      own();
      return;
    }
    switch (how) {
      case "drop":
        this.dropAll();
        break;
      case "stall":
        for (const client of this.#clients) this.#stalled.add(client);
        break;
      case "bad-auth":
        this.#refuseAuth++;
        this.dropAll();
        break;
      case "throttle":
        this.#throttle++;
        // Who comes back has to ask for a token anew.
        this.#refuseAuth++;
        this.dropAll();
        break;
      case "garbage":
        for (const packet of this.garbage()) this.broadcast(packet);
        break;
      default:
        throw new Error(`Expected one of ${this.misbehaviours.join(", ")} for how`);
    }
  }

  #session(send: (bytes: Uint8Array) => void, end: () => void, transport: "websocket" | "tcp") {
    let deadline = setTimeout(end, HELLO_LIMIT_MS);
    const clients = this.#clients;
    const client: Client = {
      send,
      end,
      join: () => void clients.add(client),
      get joined() {
        return clients.has(client);
      },
      keep() {
        clearTimeout(deadline);
        deadline = setTimeout(end, HEARTBEAT_LIMIT_MS);
      },
    };
    this.#open.add(client);
    const hear = this.session(client, transport);
    return {
      hear: (bytes: Buffer) => {
        if (this.#stalled.has(client)) return;
        try {
          hear(bytes);
        } catch {
          end();
        }
      },
      keep: client.keep,
      close: () => {
        clearTimeout(deadline);
        clients.delete(client);
        this.#open.delete(client);
      },
    };
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://simulator");
    if (request.method === "POST" && url.pathname.startsWith("/simulator/")) {
      const message = await readJson(request);
      if (url.pathname === "/simulator/say") this.say(message as Saying);
      else if (url.pathname === "/simulator/send") this.broadcast(this.packetOf(message));
      else if (url.pathname === "/simulator/misbehave") this.misbehave(String(message.how));
      else throw new Error("Expected say, send or misbehave");
      return void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ clients: this.clients }));
    }
    if (this.#throttle > 0) {
      this.#throttle--;
      return void response
        .writeHead(412, { "content-type": "text/html" })
        .end("<html>too many requests</html>");
    }
    const reply = this.answer(url, request);
    const picture = Buffer.isBuffer(reply);
    const [status, type] =
      reply === undefined
        ? [404, "text/plain"]
        : [200, picture ? "image/*" : typeof reply === "string" ? "text/html" : "application/json"];
    response
      .writeHead(status, {
        "content-type": `${type}; charset=utf-8`,
        date: new Date(Date.now() + this.clockAheadMs).toUTCString(),
      })
      .end(typeof reply === "object" && !picture ? JSON.stringify(reply) : (reply ?? ""));
  }
}
