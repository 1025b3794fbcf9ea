import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import files from "@fastify/static";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { hostName } from "../appliance/provision.ts";
import { ConfigError } from "../box/config.ts";
import { classes } from "../clean/grade/features.ts";
import { exportFormat } from "../comments/export.ts";
import type { Post } from "../rooms/post.ts";
import type { PinGate } from "../trust/pin.ts";
import type { Session, Sessions } from "../trust/sessions.ts";
import { UpdateError } from "../update/updates.ts";
import type { Guests } from "../venue/guests.ts";
import { refusal } from "./access.ts";
import { ApiError, body } from "./api.ts";
import { GUEST_COOKIE, guestRoutes } from "./guest-routes.ts";
import { hookRoutes } from "./hook-routes.ts";
import { type LinkActions, linkRoutes } from "./link-routes.ts";
import { type ModerationActions, moderationRoutes } from "./moderation-routes.ts";
import { MAX_LIST_BYTES, type RuleActions, ruleRoutes } from "./rule-routes.ts";
import { type SystemActions, systemRoutes } from "./system-routes.ts";

const COOKIE = "feimu_session";
const COOKIE_LIFE_S = 180 * 24 * 3_600;
const COVER_LIFE_S = 300;
const MAX_BODY_BYTES = 64 << 10;
/** A hall of guests, three a phone; strangers on the network must not use up all descriptors. */
const MAX_CONNECTIONS = 2_048;
/** The built page. */
const pageFolder = fileURLToPath(new URL("../../build/web", import.meta.url));

/** What of a room may be set at any time. */
export interface RoomChange {
  readonly delayS?: number | undefined;
  readonly approval?: boolean | undefined;
}

/** What an operator can do; every method throws ApiError. */
export interface OperatorActions {
  /** `id` may be the room's address: then that says the platform too. */
  addRoom(room: {
    platform: string;
    id: string;
    credentials?: Record<string, string> | undefined;
    transport?: string | undefined;
    endpoints?: Record<string, string> | undefined;
    feed?: object | undefined;
  }): Promise<void>;
  /** Hands on what came for a room by itself, whoever sent it. Resolves with how many messages of it are new. */
  post(platform: string, id: string, post: Post): Promise<number>;
  setCredentials(platform: string, id: string, credentials: Record<string, string>): Promise<void>;
  changeRoom(platform: string, id: string, change: RoomChange): Promise<void>;
  removeRoom(platform: string, id: string): Promise<void>;
  /** The room's picture; undefined when there is none. */
  cover(platform: string, id: string): Promise<{ readonly type: string; readonly bytes: Buffer } | undefined>;
  /** What is kept of a room, as a file in pieces. */
  exportComments(platform: string, id: string, format: string, withIds: boolean): AsyncIterable<string>;
  endEvent(): Promise<void>;
  setDanmaku(change: object): Promise<void>;
  setClean(change: object): Promise<void>;
  /** What a comment is, by the operator's word; an empty label takes it back. */
  mark(mark: Mark): Promise<void>;
  /** Those words, to learn from: a JSON object a line. */
  marks(): Promise<string>;
  /** What would happen to the text: feimu.v1.TryTextReply. */
  tryText(text: string): Promise<object>;
  snapshot(): Promise<Buffer>;
}

export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly name: () => string;
  readonly sessions: Sessions;
  readonly pin: PinGate;
  readonly actions: OperatorActions;
  readonly system: SystemActions;
  readonly moderation: ModerationActions;
  readonly rules: RuleActions;
  readonly links: LinkActions;
  readonly guests: Guests;
  /** The PIN of the rescue screen, while there is one: good for a reset and nothing else. */
  readonly rescue: PinGate;
  /** A device was let in or sent away. */
  readonly onSessions: () => void;
  /** A page with a session; the socket is closed when the session ends. */
  readonly onSocket: (socket: WebSocket) => void;
  /** Somebody with a session did something. */
  readonly onActive: () => void;
  readonly log: Logger;
}

const credentials = z.record(z.string().max(32), z.string().max(8_192));
const bodies = {
  pin: z.strictObject({ pin: z.string().max(32) }),
  room: z.strictObject({
    platform: z.string().max(32),
    id: z.string().trim().max(1_024),
    credentials: credentials.optional(),
    transport: z.string().max(32).optional(),
    endpoints: z.record(z.string().max(32), z.string().max(1_024)).optional(),
    feed: z.record(z.string().max(32), z.unknown()).optional(),
  }),
  credentials,
  change: z.strictObject({ delayS: z.number().min(0).max(120).optional(), approval: z.boolean().optional() }),
  mark: z.strictObject({
    /** None where the comment stands with dots: nothing is learned of it. */
    text: z.string().min(1).max(2_000).optional(),
    /** Empty: what was said of it is taken back. */
    label: z.enum(["", ...classes]),
    author: z.string().max(256).optional(),
    /** The comment's id on the page. */
    key: z.string().max(512).optional(),
  }),
  danmaku: z.record(z.string().max(32), z.union([z.number(), z.boolean()])),
  clean: z.strictObject({
    profile: z.string().max(32).optional(),
    strength: z.int().optional(),
    words: z.string().max(200_000).optional(),
    safetyS: z.number().optional(),
    unattended: z.boolean().optional(),
    authorPer10s: z.number().optional(),
    slowS: z.number().optional(),
    /** null: as usual for who watches. */
    names: z.string().max(32).nullable().optional(),
    blockedEmotes: z.array(z.string().max(128)).max(1_000).optional(),
  }),
  text: z.strictObject({ text: z.string().max(2_000) }),
};

export type Mark = z.infer<typeof bodies.mark>;

/** Tells a session from another one on the same kind of device. */
const labelOf = ({ device, id }: Session) => `${device} #${id.slice(0, 4)}`;

/** A short name for the list of sessions: what the browser says it is. */
function deviceOf(request: FastifyRequest): string {
  const agent = request.headers["user-agent"] ?? "";
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "?";
  const browser = /Edg|OPR|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "?";
  return `${browser} · ${system}`;
}

/** Throws ApiError when the body's PIN is not the one on the display. */
function passPin(gate: PinGate, request: FastifyRequest): void {
  const answer = gate.check(body(bodies.pin, request).pin);
  switch (answer.outcome) {
    case "wrong":
      throw new ApiError(403, "PIN_WRONG", { triesLeft: answer.triesLeft });
    case "wait":
      throw new ApiError(429, "PIN_WAIT", { waitMs: answer.waitMs });
    case "not-offered":
      throw new ApiError(403, "PIN_NOT_OFFERED");
  }
}

/** The page, its API and its socket: who has no session gets the box's name and nothing else. */
export class WebServer {
  readonly #options: WebServerOptions;
  readonly #app: FastifyInstance;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 64 << 10 });
  readonly #open = new Map<WebSocket, string>();

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#app = Fastify({ bodyLimit: MAX_BODY_BYTES, trustProxy: false, forceCloseConnections: true });
  }

  /** Throws the system's error (EADDRINUSE …) when it cannot listen. */
  async listen(): Promise<void> {
    const app = this.#app;
    await app.register(cookie);
    app.addHook("onRequest", async (request, reply) => {
      const navigation = request.headers["sec-fetch-mode"] === "navigate" && !request.url.startsWith("/api/");
      const why = refusal(
        { method: request.method, headers: request.headers },
        { ownNames: this.#ownNames(), navigation, socket: false },
      );
      if (why) return reply.code(403).send({ code: "FORBIDDEN", message: why });
      reply.headers({
        "content-security-policy":
          "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        ...(request.url.startsWith("/api/") && { "cache-control": "no-store" }),
      });
    });
    app.setErrorHandler((error, _request, reply) => this.#onError(error, reply));
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: "NOT_FOUND" }));
    this.#publicRoutes();
    guestRoutes(app, this.#options.guests, this.#options.name);
    await app.register(async (scope) => hookRoutes(scope, this.#options.actions));
    await app.register(async (scope) => {
      scope.addHook("onRequest", async (request, reply) => {
        if (!this.#sessionOf(request.headers.cookie)) return reply.code(401).send({ code: "NO_SESSION" });
        // What the page fetches by itself is no sign of anybody.
        if (request.method !== "GET") this.#options.onActive();
      });
      this.#operatorRoutes(scope);
    });
    await app.register(files, { root: pageFolder, index: ["index.html"], dotfiles: "deny" });
    app.server.maxConnections = MAX_CONNECTIONS;
    app.server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    await app.listen({ host: this.#options.host, port: this.#options.port });
  }

  async close(): Promise<void> {
    for (const socket of this.#open.keys()) socket.terminate();
    await this.#app.close();
    await this.#options.sessions.written();
  }

  #ownNames(): string[] {
    const name = this.#options.name().toLowerCase();
    return [name, `${name}.local`, `${hostName(name)}.local`];
  }

  #sessionOf(header: string | undefined): Session | undefined {
    const token = header ? this.#app.parseCookie(header)[COOKIE] : undefined;
    return this.#options.sessions.find(token);
  }

  #onError(error: unknown, reply: FastifyReply) {
    if (error instanceof ApiError)
      return reply.code(error.status).send({ code: error.code, ...error.details });
    if (error instanceof UpdateError) {
      return reply.code(error.code === "UPDATE_DISK_FULL" ? 507 : 409).send({ code: error.code });
    }
    if (error instanceof ConfigError) return reply.code(507).send({ code: error.code, errors: error.errors });
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status >= 500) this.#options.log.error({ err: error }, "request failed");
    return reply.code(status).send({ code: status >= 500 ? "BOX_UNREACHABLE" : "BAD_REQUEST" });
  }

  #publicRoutes() {
    const { sessions, pin, rescue, system, name, log, onSessions } = this.#options;
    const keepCookie = (reply: FastifyReply, token: string) =>
      reply.setCookie(COOKIE, token, {
        httpOnly: true,
        sameSite: "strict",
        path: "/",
        maxAge: COOKIE_LIFE_S,
      });
    this.#app.get("/api/hello", (request, reply) => {
      const token = request.cookies[COOKIE];
      const session = sessions.find(token) !== undefined;
      // A browser that comes back within half a year stays in.
      if (session && token) keepCookie(reply, token);
      return {
        name: name(),
        owned: sessions.owned,
        session,
        pinOffered: pin.current !== undefined,
        rescue: rescue.current !== undefined,
      };
    });
    this.#app.post("/api/rescue/reset", async (request) => {
      passPin(rescue, request);
      log.warn("reset by the PIN of the rescue screen");
      await system.reset();
      return {};
    });
    this.#app.post("/api/claim", async (request, reply) => {
      passPin(pin, request);
      const device = deviceOf(request);
      const token = await sessions.create(device);
      onSessions();
      log.info({ device }, "a device was let in");
      keepCookie(reply, token);
      return {};
    });
  }

  #operatorRoutes(scope: FastifyInstance) {
    const { sessions, pin, actions, system } = this.#options;
    const own = (request: FastifyRequest) => this.#sessionOf(request.headers.cookie)!;
    scope.post("/api/logout", async (request, reply) => {
      await this.#revoke(own(request).id);
      reply.clearCookie(COOKIE, { path: "/" });
      return {};
    });
    scope.get("/api/sessions", (request) => {
      const ownId = own(request).id;
      return sessions.list().map(({ id, device, createdMs, usedMs }) => ({
        id,
        device,
        createdMs,
        usedMs,
        own: id === ownId,
      }));
    });
    scope.delete<{ Params: { id: string } }>("/api/sessions/:id", async (request) => {
      await this.#revoke(request.params.id);
      return {};
    });
    scope.post("/api/pin", () => {
      pin.offer();
      return { pin: pin.current };
    });
    scope.delete("/api/pin", () => {
      pin.withdraw();
      return {};
    });
    scope.post("/api/rooms", async (request) => {
      await actions.addRoom(body(bodies.room, request));
      return {};
    });
    scope.put<{ Params: { platform: string; id: string } }>(
      "/api/rooms/:platform/:id/credentials",
      async (request) => {
        const { platform, id } = request.params;
        await actions.setCredentials(platform, id, body(bodies.credentials, request));
        return {};
      },
    );
    scope.patch<{ Params: { platform: string; id: string } }>("/api/rooms/:platform/:id", async (request) => {
      const { platform, id } = request.params;
      await actions.changeRoom(platform, id, body(bodies.change, request));
      return {};
    });
    scope.delete<{ Params: { platform: string; id: string } }>(
      "/api/rooms/:platform/:id",
      async (request) => {
        await actions.removeRoom(request.params.platform, request.params.id);
        return {};
      },
    );
    scope.get<{ Params: { platform: string; id: string }; Querystring: Record<string, string> }>(
      "/api/rooms/:platform/:id/comments",
      (request, reply) => {
        const { platform, id } = request.params;
        const { format = "jsonl", ids } = request.query;
        if (!exportFormat(format)) throw new ApiError(400, "BAD_REQUEST");
        const name = `${platform}-${id.replace(/[^\w-]/g, "_")}.${format}`;
        return reply
          .type("application/octet-stream")
          .header("content-disposition", `attachment; filename="${name}"`)
          .send(Readable.from(actions.exportComments(platform, id, format, ids === "1")));
      },
    );
    scope.get<{ Params: { platform: string; id: string } }>(
      "/api/rooms/:platform/:id/cover",
      async (request, reply) => {
        const picture = await actions.cover(request.params.platform, request.params.id);
        if (!picture) return reply.code(404).send({ code: "NOT_FOUND" });
        return reply
          .type(picture.type)
          .header("cache-control", `private, max-age=${COVER_LIFE_S}`)
          .send(picture.bytes);
      },
    );
    moderationRoutes(scope, this.#options.moderation, (request) => labelOf(own(request)));
    scope.post("/api/event/end", async () => {
      await actions.endEvent();
      return {};
    });
    scope.patch("/api/danmaku", async (request) => {
      await actions.setDanmaku(body(bodies.danmaku, request));
      return {};
    });
    scope.patch("/api/clean", { bodyLimit: MAX_LIST_BYTES }, async (request) => {
      await actions.setClean(body(bodies.clean, request));
      return {};
    });
    scope.post("/api/clean/mark", async (request) => {
      await actions.mark(body(bodies.mark, request));
      return {};
    });
    scope.get("/api/clean/marks", async (_request, reply) =>
      reply
        .type("application/x-ndjson")
        .header("content-disposition", 'attachment; filename="marks.jsonl"')
        .send(await actions.marks()),
    );
    scope.post("/api/clean/try", (request) => actions.tryText(body(bodies.text, request).text));
    systemRoutes(scope, system);
    ruleRoutes(scope, this.#options.rules);
    linkRoutes(scope, this.#options.links);
    scope.get("/api/snapshot.png", async (_request, reply) =>
      reply.type("image/png").send(await actions.snapshot()),
    );
  }

  async #revoke(id: string) {
    await this.#options.sessions.revoke(id);
    this.#options.onSessions();
    for (const [socket, session] of this.#open) if (session === id) socket.close(4401, "session ended");
    // Without an owner the box is new again.
    if (!this.#options.sessions.owned) this.#options.pin.offer();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    // Nobody else listens here, and who leaves in the middle must not end the process.
    socket.on("error", () => socket.destroy());
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    const why = refusal(
      { method: "GET", headers: request.headers },
      { ownNames: this.#ownNames(), navigation: false, socket: true },
    );
    if (why) return refuse("403 Forbidden");
    if (request.url === "/api/guest/live") {
      const { guests } = this.#options;
      const held = this.#app.parseCookie(request.headers.cookie ?? "")[GUEST_COOKIE];
      if (guests.guestOf(held) === undefined) return refuse("401 Unauthorized");
      this.#sockets.handleUpgrade(request, socket, head, (live) => {
        live.on("error", () => {});
        guests.listen(live);
      });
      return;
    }
    if (request.url !== "/api/live") return refuse("404 Not Found");
    const session = this.#sessionOf(request.headers.cookie);
    if (!session) return refuse("401 Unauthorized");
    this.#sockets.handleUpgrade(request, socket, head, (live) => {
      this.#open.set(live, session.id);
      live.on("close", () => this.#open.delete(live));
      live.on("error", () => {});
      this.#options.onSocket(live);
    });
  }
}
