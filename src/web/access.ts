import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

export interface Caller {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** "192.168.1.5:8080" → "192.168.1.5"; undefined when it is no host. */
function hostName(host: string): string | undefined {
  return /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i
    .exec(host)
    ?.slice(1)
    .find(Boolean)
    ?.toLowerCase();
}

/**
 * Addresses and our own names only. A foreign name that resolves to this box is somebody's attempt to make a
 * visitor's browser talk to it (DNS rebinding).
 */
function isOurHost(host: string, ownNames: readonly string[]): boolean {
  const name = hostName(host);
  return name !== undefined && (isIP(name) !== 0 || name === "localhost" || ownNames.includes(name));
}

/**
 * Why a request must be refused, or undefined. Every request passes this, before any session is looked at.
 * `navigation`: a document that a person may open from a link or a code.
 */
export function refusal(
  { method, headers }: Caller,
  { ownNames, navigation, socket }: { ownNames: readonly string[]; navigation: boolean; socket: boolean },
): string | undefined {
  const host = headers.host ?? "";
  if (!isOurHost(host, ownNames)) return "Host is not this box";
  const origin = headers.origin;
  // Browsers send Origin with every WebSocket and with everything but GET and HEAD.
  if (origin !== undefined && origin !== `http://${host}`) return "Origin is another site";
  if (origin === undefined && socket) return "Origin is missing";
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return undefined;
  if (navigation && (method === "GET" || method === "HEAD")) return undefined;
  return "the request comes from another site";
}
