import { jsonpath } from "json-p3";
import { z } from "zod";

/** RFC 9535 */
const path = z
  .string()
  .max(256)
  .refine((text) => {
    try {
      jsonpath.compile(text);
      return true;
    } catch {
      return false;
    }
  }, 'expected a JSON path, e.g. "$.user.name"');

/** How the messages of an operator's own system are read. */
export const feedSchema = z.strictObject({
  format: z.enum(["json", "protobuf"]).default("json").describe("protobuf: one feimu.v1.Comment a message"),
  hello: z.string().max(8_192).optional().describe("Said once after connecting, e.g. a subscription"),
  mapping: z
    .strictObject({
      comments: path.default("$").describe("The comments in a message: one, or a list"),
      text: path.describe("From here on each path begins at one comment"),
      id: path.optional().describe("Tells a comment that comes again"),
      author: path.optional().describe("A name"),
      authorId: path.optional(),
      time: path.optional().describe("Seconds or milliseconds since 1970, or ISO 8601"),
      colour: path.optional().describe("#rrggbb, or its number"),
      cursor: path.optional().describe("In a whole message: sent with the next long poll"),
    })
    .optional()
    .describe("Where the parts of a comment are; without it, JSON has the fields of feimu.v1.Comment"),
});

export type FeedConfig = z.output<typeof feedSchema>;
