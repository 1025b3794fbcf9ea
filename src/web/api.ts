import type { FastifyRequest } from "fastify";
import type { z } from "zod";

/** A refusal with a code of the catalogue, for the page to put into words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: object;
  constructor(status: number, code: string, details: object = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** The body of a request, checked. Throws ApiError BAD_REQUEST. */
export function body<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const result = schema.safeParse(request.body);
  if (result.success) return result.data;
  throw new ApiError(400, "BAD_REQUEST", { errors: result.error.issues.map((issue) => issue.message) });
}
