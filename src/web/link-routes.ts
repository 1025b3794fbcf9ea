import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { body } from "./api.ts";

/** Base64 of key and salt: what one end sends with, the other receives with. */
export interface KeyPair {
  readonly send: string;
  readonly receive: string;
}

/** What of a sink may be set. `keys` null: from now on without protection; left out: as before. */
export interface SinkChange {
  readonly to?: string | undefined;
  readonly kbps?: number | undefined;
  readonly oneWay?: boolean | undefined;
  readonly keys?: KeyPair | null | undefined;
}

/** Beyond loopback `allow` (addresses) or `keys` say who may send. */
export interface NewSource {
  readonly listen: string;
  readonly allow?: string[] | undefined;
  readonly keys?: KeyPair | null | undefined;
}

/**
 * Links to and from other boxes, and the RTP sources that they come in at, by their address in the configuration; every method throws ApiError.
 */
export interface LinkActions {
  addSink(sink: SinkChange): Promise<void>;
  changeSink(to: string, change: SinkChange): Promise<void>;
  removeSink(to: string): Promise<void>;
  /** The last in the order of preference. */
  addSource(source: NewSource): Promise<void>;
  removeSource(listen: string): Promise<void>;
  setSourceKeys(listen: string, keys: KeyPair | null): Promise<void>;
  /** From now on `address` may send too. */
  allowSender(listen: string, address: string): Promise<void>;
}

const keys = z.strictObject({ send: z.string().max(256), receive: z.string().max(256) });
const bodies = {
  sink: z.strictObject({
    to: z.string().trim().max(128).optional(),
    kbps: z.number().optional(),
    oneWay: z.boolean().optional(),
    keys: keys.nullable().optional(),
  }),
  source: z.strictObject({
    listen: z.string().trim().max(128),
    allow: z.array(z.string().trim().max(64)).max(64).optional(),
    keys: keys.nullable().optional(),
  }),
  listen: z.strictObject({ listen: z.string().max(128) }),
  sourceKeys: z.strictObject({ keys: keys.nullable() }),
  allow: z.strictObject({ listen: z.string().max(128), address: z.string().max(64) }),
};

export function linkRoutes(scope: FastifyInstance, actions: LinkActions): void {
  scope.post("/api/sinks", async (request) => {
    await actions.addSink(body(bodies.sink, request));
    return {};
  });
  scope.patch<{ Params: { to: string } }>("/api/sinks/:to", async (request) => {
    await actions.changeSink(request.params.to, body(bodies.sink, request));
    return {};
  });
  scope.delete<{ Params: { to: string } }>("/api/sinks/:to", async (request) => {
    await actions.removeSink(request.params.to);
    return {};
  });
  scope.post("/api/sources", async (request) => {
    await actions.addSource(body(bodies.source, request));
    return {};
  });
  scope.delete("/api/sources", async (request) => {
    await actions.removeSource(body(bodies.listen, request).listen);
    return {};
  });
  scope.put<{ Params: { listen: string } }>("/api/sources/:listen/keys", async (request) => {
    await actions.setSourceKeys(request.params.listen, body(bodies.sourceKeys, request).keys);
    return {};
  });
  scope.post("/api/sources/allow", async (request) => {
    const { listen, address } = body(bodies.allow, request);
    await actions.allowSender(listen, address);
    return {};
  });
}
