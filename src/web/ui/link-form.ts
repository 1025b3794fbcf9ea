import type { KeyPair, NewSource, SinkChange } from "../link-routes.ts";
import { hostOf, isHost, lacksPort, reachOf } from "./address.ts";
import type { Word } from "./words.ts";

/** Key and salt of AES-128-GCM in SRTP (RFC 7714 §12). */
const KEY_BYTES = 28;
/** Of AES-256-GCM too. */
const sizes = [KEY_BYTES, 44];

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** A new pair, random. */
export function makeKeys(): KeyPair {
  const key = () => base64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  return { send: key(), receive: key() };
}

/** Undefined when it is no base64 of a key. */
function sizeOf(key: string): number | undefined {
  try {
    const { length } = atob(key);
    return sizes.includes(length) ? length : undefined;
  } catch {
    return undefined;
  }
}

/** What the other end has to know, as it is entered there: its own sending key first. */
export const keysForOther = ({ send, receive }: KeyPair) => `${receive},${send}`;

/** A pair as the other end showed it; undefined when it is none. */
export function parseKeys(text: string): KeyPair | undefined {
  const parts = text.split(/[,\s]+/).filter((part) => part !== "");
  const [send, receive] = parts;
  if (parts.length !== 2 || !send || !receive || send === receive) return undefined;
  const size = sizeOf(send);
  return size !== undefined && size === sizeOf(receive) ? { send, receive } : undefined;
}

/** What the form of a sink says, keys apart. */
export function sinkOf(form: FormData): SinkChange {
  return {
    to: String(form.get("to") ?? "").trim(),
    kbps: Number(form.get("kbps")),
    oneWay: form.get("oneWay") !== null,
  };
}

/** What is wrong with an address and its port. */
function addressFault(text: string): Word | undefined {
  if (hostOf(text) !== undefined) return undefined;
  return lacksPort(text) ? "portExpected" : "addressExpected";
}

/** What is wrong with a sink before the box is asked, by field: the box says it in one language alone. */
export function sinkFaults({ to = "", oneWay }: SinkChange): Readonly<Record<string, Word>> {
  const fault = addressFault(to);
  if (fault) return { to: fault };
  return oneWay && reachOf(hostOf(to)!) === "public" ? { to: "oneWayPublic" } : {};
}

/** What the form of a source says. */
export function sourceOf(form: FormData, keys: KeyPair | undefined): NewSource {
  const allow = String(form.get("allow") ?? "")
    .split(/[,，、\s]+/)
    .filter((one) => one !== "");
  return {
    listen: String(form.get("listen") ?? "").trim(),
    ...(allow.length > 0 && { allow }),
    ...(keys && { keys }),
  };
}

/** The same of a source. */
export function sourceFaults({ listen, allow = [], keys }: NewSource): Readonly<Record<string, Word>> {
  const fault = addressFault(listen);
  if (fault) return { listen: fault };
  if (!allow.every(isHost)) return { allow: "hostExpected" };
  const anybody = allow.length === 0 && !keys && reachOf(hostOf(listen)!) !== "loopback";
  return anybody ? { allow: "senderExpected" } : {};
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
