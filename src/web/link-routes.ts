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

/** Links to and from other boxes, by their address in the configuration; every method throws ApiError. */
export interface LinkActions {
  addSink(sink: SinkChange): Promise<void>;
  changeSink(to: string, change: SinkChange): Promise<void>;
  removeSink(to: string): Promise<void>;
  /** Of an RTP source. */
  setSourceKeys(listen: string, keys: KeyPair | null): Promise<void>;
}

const keys = z.strictObject({ send: z.string().max(256), receive: z.string().max(256) });
const bodies = {
  sink: z.strictObject({
    to: z.string().trim().max(128).optional(),
    kbps: z.number().optional(),
    oneWay: z.boolean().optional(),
    keys: keys.nullable().optional(),
  }),
  source: z.strictObject({ keys: keys.nullable() }),
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
  scope.put<{ Params: { listen: string } }>("/api/sources/:listen/keys", async (request) => {
    await actions.setSourceKeys(request.params.listen, body(bodies.source, request).keys);
    return {};
  });
}
