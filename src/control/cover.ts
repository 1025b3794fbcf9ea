import type { RoomConfig } from "../box/config.ts";
import { getText } from "../rooms/http.ts";

/** Content type by how a file begins (latin1). */
const kinds = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[\s\S]{4}WEBP/],
  ["image/avif", /^[\s\S]{4}ftypavif/],
] as const;

export interface Picture {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Encrypted, or from a host that the operator named for this room. */
function mayFetch(url: URL, { endpoints = {} }: Pick<RoomConfig, "endpoints">): boolean {
  return (
    url.protocol === "https:" || Object.values(endpoints).some((one) => new URL(one).origin === url.origin)
  );
}

/**
 * A room's picture, fetched by the box: a page that fetched it itself would tell the platform who operates the box. Undefined when the address
 * is not fit, nothing comes, or it is no picture.
 */
export async function fetchCover(
  address: string,
  room: Pick<RoomConfig, "endpoints">,
  signal: AbortSignal,
): Promise<Picture | undefined> {
  const url = URL.parse(address.startsWith("//") ? `https:${address}` : address);
  if (!url || !mayFetch(url, room)) return undefined;
  const reply = await getText(url.href, {}, signal).catch(() => undefined);
  const begin = reply?.bytes.toString("latin1", 0, 16) ?? "";
  const type = kinds.find(([, pattern]) => pattern.test(begin))?.[0];
  return reply?.status === 200 && type ? { type, bytes: reply.bytes } : undefined;
}
