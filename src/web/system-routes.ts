import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { UpdateStatus } from "../update/updates.ts";
import { ApiError, body } from "./api.ts";

const MAX_BUNDLE_BYTES = 1 << 30;
/** A whole configuration. */
const MAX_CONFIG_BYTES = 1 << 20;

/** What an operator does to the box as a whole. */
export interface SystemActions {
  updateStatus(): Promise<UpdateStatus & { readonly address: string }>;
  /** Takes a bundle; `force`: also while a picture is on the display. Throws UpdateError. */
  takeUpdate(bundle: Readable, force: boolean): Promise<void>;
  /** Fetches the bundle from the address that the operator set. */
  fetchUpdate(force: boolean): Promise<void>;
  setUpdateAddress(address: string): Promise<void>;
  /** The settings without secrets. */
  exportConfig(): object;
  /** Takes settings that were exported; secrets that are here and not there stay. */
  importConfig(settings: unknown): Promise<void>;
  /** Erases everything personal, and starts anew. */
  reset(): Promise<void>;
  leaveSafeMode(): Promise<void>;
  /** Warnings of this and former starts, one on a line. */
  warnings(): Promise<string>;
}

const forced = z.object({ force: z.literal("1").optional() });

/** The part of the API for the box itself; who comes here has a session. */
export function systemRoutes(scope: FastifyInstance, system: SystemActions): void {
  // A bundle of some hundred MB goes to the disk as it comes.
  scope.addContentTypeParser("application/octet-stream", (_request, stream, done) => done(null, stream));
  const isForced = (query: unknown) => forced.safeParse(query).data?.force === "1";
  scope.get("/api/update", () => system.updateStatus());
  scope.post("/api/update", { bodyLimit: MAX_BUNDLE_BYTES }, async (request) => {
    if (!(request.body instanceof Readable)) throw new ApiError(400, "BAD_REQUEST");
    await system.takeUpdate(request.body, isForced(request.query));
    return {};
  });
  scope.post("/api/update/fetch", async (request) => {
    await system.fetchUpdate(isForced(request.query));
    return {};
  });
  scope.put("/api/update/address", async (request) => {
    await system.setUpdateAddress(body(z.strictObject({ address: z.string().max(2048) }), request).address);
    return {};
  });
  scope.get("/api/config", (_request, reply) =>
    reply
      .header("content-disposition", 'attachment; filename="feimu-settings.json"')
      .type("application/json")
      .send(`${JSON.stringify(system.exportConfig(), null, 2)}\n`),
  );
  scope.put("/api/config", { bodyLimit: MAX_CONFIG_BYTES }, async (request) => {
    await system.importConfig(request.body);
    return {};
  });
  scope.post("/api/reset", async () => {
    await system.reset();
    return {};
  });
  scope.delete("/api/safe-mode", async () => {
    await system.leaveSafeMode();
    return {};
  });
  scope.get("/api/warnings.txt", async (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send(await system.warnings()),
  );
}
