import type { KeyPair, SinkChange } from "../link-routes.ts";

/** Key and salt of AES-128-GCM in SRTP (RFC 7714 §12). */
const KEY_BYTES = 28;

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** A new pair, random. */
export function makeKeys(): KeyPair {
  const key = () => base64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  return { send: key(), receive: key() };
}

/** What the other end has to know, as it is entered there: its own sending key first. */
export const keysForOther = ({ send, receive }: KeyPair) => `${receive},${send}`;

/** A pair as the other end showed it; undefined when it is none. */
export function parseKeys(text: string): KeyPair | undefined {
  const parts = text.split(/[,\s]+/).filter((part) => part !== "");
  const [send, receive] = parts;
  return parts.length === 2 && send && receive ? { send, receive } : undefined;
}

/** What the form of a sink says, keys apart. */
export function sinkOf(form: FormData): SinkChange {
  return {
    to: String(form.get("to") ?? "").trim(),
    kbps: Number(form.get("kbps")),
    oneWay: form.get("oneWay") !== null,
  };
}

/**
 * The server's errors (`config.sinks[1].to: expected …`) by the field that they are about; those of no field here under "".
 * What stands below a field (`keys.send`) is about that field.
 */
export function byField(errors: readonly string[], fields: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const error of errors) {
    const [, field = "", message = ""] = /^config\.\w+\[\d+\]\.(\w+)[^:]*: (.*)$/s.exec(error) ?? [];
    const known = fields.includes(field);
    const at = known ? field : "";
    found[at] = [found[at], known ? message : error].filter(Boolean).join(" ");
  }
  return found;
}
