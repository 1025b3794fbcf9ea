import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ImportReport, MAX_FILE_BYTES, MAX_WORDS_LENGTH } from "../clean/rules/import.ts";
import { ApiError, body } from "./api.ts";

/** What is tried: another list of own words, or a rule in the place of the one with its id. */
export interface DryRun {
  readonly words?: string | undefined;
  readonly rule?: Readonly<Record<string, unknown>> | undefined;
  readonly hours: number;
}

/** What an operator does to rules and lists of their own; every method throws ApiError. */
export interface RuleActions {
  /** Takes a rule in the place of the one with the same id, or as a new one. */
  putRule(rule: object): Promise<void>;
  removeRule(id: string): Promise<void>;
  /** Adds what is in a file of words or rules. */
  importRules(file: Uint8Array, name: string): Promise<ImportReport>;
  exportRules(): string;
  /** What would have happened to the comments of the last hours: feimu.v1.DryRunReply. */
  dryRun(change: DryRun): Promise<object>;
  /** feimu.v1.HitCountsReply */
  hitCounts(): Promise<object>;
}

const MAX_RULE_BYTES = 256 << 10;
/** A list of own words, as JSON. */
export const MAX_LIST_BYTES = 1 << 20;
const rule = z.record(z.string().max(32), z.unknown());
const dryRun = z.strictObject({
  words: z.string().max(MAX_WORDS_LENGTH).optional(),
  rule: rule.optional(),
  hours: z.number().min(0.1).max(24).default(2),
});
const query = z.object({ name: z.string().max(80).default("") });

/** The whole of a stream. Throws ApiError IMPORT_TOO_LARGE. */
async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES)
      throw new ApiError(413, "IMPORT_TOO_LARGE", { maxBytes: MAX_FILE_BYTES, MAX_WORDS_LENGTH });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The part of the API for rules; who comes here has a session. */
export function ruleRoutes(scope: FastifyInstance, rules: RuleActions): void {
  scope.put("/api/clean/rules", { bodyLimit: MAX_RULE_BYTES }, async (request) => {
    await rules.putRule(body(rule, request));
    return {};
  });
  scope.delete<{ Params: { id: string } }>("/api/clean/rules/:id", async (request) => {
    await rules.removeRule(request.params.id);
    return {};
  });
  scope.post("/api/clean/import", { bodyLimit: 4 * MAX_FILE_BYTES }, async (request) => {
    if (!(request.body instanceof Readable)) throw new ApiError(400, "BAD_REQUEST");
    const { data } = query.safeParse(request.query);
    return rules.importRules(await bytesOf(request.body), data?.name ?? "");
  });
  scope.get("/api/clean/export", (_request, reply) =>
    reply
      .header("content-disposition", 'attachment; filename="feimu-cleaning.json"')
      .type("application/json")
      .send(rules.exportRules()),
  );
  scope.post("/api/clean/dry-run", { bodyLimit: MAX_LIST_BYTES }, (request) =>
    rules.dryRun(body(dryRun, request)),
  );
  scope.get("/api/clean/counts", () => rules.hitCounts());
}
