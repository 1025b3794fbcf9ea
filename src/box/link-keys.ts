import { z } from "zod";
import { isSealed } from "./vault-mark.ts";

/** Key and salt of AES-GCM (RFC 7714 §12): 16 + 12 bytes, or 32 + 12. */
const sizes = [28, 44];

const decoded = (key: string) =>
  /^[A-Za-z0-9+/]+={0,2}$/.test(key) ? Buffer.from(key, "base64") : undefined;
const bytesOf = (key: string) => decoded(key)?.length ?? 0;

const key = z
  .string()
  .max(256)
  // With the = at the end that some programs leave out: the native end takes no key without it.
  .transform((text) => decoded(text)?.toString("base64") ?? text)
  .refine(
    (value) => isSealed(value) || sizes.includes(bytesOf(value)),
    "expected base64 of 28 or 44 bytes, e.g. of: openssl rand -base64 28",
  );

/** SRTP between two ends: what one sends with, the other receives with. */
export const linkKeys = z
  .strictObject({
    send: key.describe("Key and salt of what this end sends, base64"),
    receive: key.describe("The same of what it receives: what the other end sends with"),
  })
  .superRefine(({ send, receive }, context) => {
    if (isSealed(send) || isSealed(receive)) return;
    if (send === receive) {
      context.addIssue({ code: "custom", path: ["receive"], message: "expected another key than send" });
    } else if (bytesOf(send) !== bytesOf(receive)) {
      context.addIssue({ code: "custom", path: ["receive"], message: "expected as many bytes as send has" });
    }
  });

export type LinkKeys = z.output<typeof linkKeys>;
