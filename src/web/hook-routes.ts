import type { FastifyInstance } from "fastify";
import type { Post } from "../rooms/post.ts";

const MAX_BYTES = 256 << 10;

/** Where own systems post comments. Who they are is judged by the room, from the signature. */
export function hookRoutes(
  scope: FastifyInstance,
  actions: { post(platform: string, id: string, post: Post): Promise<number> },
): void {
  // Whatever it says it is: the signature covers the bytes.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, bytes, done) => done(null, bytes));
  scope.post<{ Params: { id: string }; Body?: Buffer }>(
    "/api/hooks/:id",
    { bodyLimit: MAX_BYTES },
    async ({ params, headers, body }) => {
      const texts = Object.entries(headers).filter(([name]) => name.startsWith("webhook-"));
      const post = {
        headers: Object.fromEntries(texts) as Record<string, string>,
        body: body ?? Buffer.alloc(0),
      };
      return { taken: await actions.post("custom", params.id, post) };
    },
  );
}
