import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { body } from "./api.ts";

/** What moderators do; `by` is the label of their session. Every method throws ApiError. */
export interface ModerationActions {
  /** On a comment that waits (`key`), on who said it, or on an author as in a line of the comment list. Resolves with what undoes it. */
  decide(
    decision: string,
    subject: { readonly key?: string | undefined; readonly author?: string | undefined },
    by: string,
  ): Promise<{ undoId: string }>;
  undo(id: string, by: string): Promise<void>;
  /** Resolves with who has the comment now. */
  claim(key: string, by: string): Promise<string>;
  decisions(): Promise<object[]>;
  /** `on` absent: the other way round. */
  panic(on?: boolean): Promise<void>;
}

const key = z.string().min(1).max(512);
const bodies = {
  decide: z.strictObject({
    decision: z.enum(["show", "drop", "block", "trust", "clear", "forget"]),
    key: key.optional(),
    author: z.string().min(1).max(256).optional(),
  }),
  undo: z.strictObject({ id: z.string().min(1).max(64) }),
  claim: z.strictObject({ key }),
  panic: z.strictObject({ on: z.boolean().optional() }),
};

/** `label`: of the session that asks. */
export function moderationRoutes(
  scope: FastifyInstance,
  actions: ModerationActions,
  label: (request: FastifyRequest) => string,
): void {
  scope.post("/api/moderation", (request) => {
    const { decision, ...subject } = body(bodies.decide, request);
    return actions.decide(decision, subject, label(request));
  });
  scope.post("/api/moderation/undo", async (request) => {
    await actions.undo(body(bodies.undo, request).id, label(request));
    return {};
  });
  scope.post("/api/moderation/claim", async (request) => {
    const own = label(request);
    const holder = await actions.claim(body(bodies.claim, request).key, own);
    return { holder, own: holder === own };
  });
  scope.get("/api/moderation/log", () => actions.decisions());
  scope.post("/api/panic", async (request) => {
    await actions.panic(body(bodies.panic, request).on);
    return {};
  });
}
