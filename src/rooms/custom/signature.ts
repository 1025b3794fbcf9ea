import { createHmac, timingSafeEqual } from "node:crypto";
import { PostError } from "../post.ts";

/** Signed longer ago, or further ahead, than this: not taken. */
export const TOLERANCE_S = 300;
const MAX_REMEMBERED = 65_536;

export interface Signed {
  readonly id: string;
  /** Seconds since 1970, as it was sent. */
  readonly timestamp: string;
  /** `v1,BASE64`, several of them with spaces between. */
  readonly signature: string;
  readonly body: Uint8Array;
}

/** A secret is text, or `whsec_` and base64. */
function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret);
}

/** As Standard Webhooks has it: HMAC-SHA256 over `id.timestamp.body`. */
export function sign(secret: string, { id, timestamp, body }: Omit<Signed, "signature">): string {
  const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return `v1,${mac}`;
}

/** Judges signed messages, each of which is new only once within the time in which it would be taken. */
export class Verifier {
  readonly #secret: string;
  readonly #nowMs: () => number;
  /** Ids, and until when they are remembered; in the order of that time. */
  readonly #seen = new Map<string, number>();

  constructor(secret: string, nowMs: () => number = Date.now) {
    this.#secret = secret;
    this.#nowMs = nowMs;
  }

  /** Whether it is new. Throws PostError when it is not signed, or not now. */
  check(message: Signed): boolean {
    const { id, timestamp, signature } = message;
    const expected = Buffer.from(sign(this.#secret, message));
    const signed = signature.split(" ").some((one) => {
      const given = Buffer.from(one);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    if (!signed || id === "")
      throw new PostError("POST_UNSIGNED", "the signature is not that of this message");
    const nowMs = this.#nowMs();
    const awayS = Math.abs(nowMs / 1_000 - Number(timestamp));
    if (!(awayS <= TOLERANCE_S)) {
      throw new PostError("POST_LATE", `signed at another time than now, ${Math.round(nowMs / 1_000)}`);
    }
    for (const [oldest, untilMs] of this.#seen) {
      if (untilMs >= nowMs && this.#seen.size < MAX_REMEMBERED) break;
      this.#seen.delete(oldest);
    }
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, nowMs + 2 * TOLERANCE_S * 1_000);
    return true;
  }
}
