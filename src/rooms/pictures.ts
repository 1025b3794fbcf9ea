import { isPrivateHost } from "../box/addresses.ts";
import type { RoomConfig } from "../box/config.ts";

/**
 * The address of a picture that a platform names, when the box may fetch it: encrypted and from elsewhere, so that no comment makes the box call
 * into its own network; or from a host that the operator named for a room.
 */
export function pictureUrl(
  address: string,
  rooms: readonly Pick<RoomConfig, "endpoints">[],
): URL | undefined {
  const url = URL.parse(address.startsWith("//") ? `https:${address}` : address);
  if (!url) return undefined;
  const named = rooms.some(({ endpoints = {} }) =>
    Object.values(endpoints).some((one) => new URL(one).origin === url.origin),
  );
  return named || (url.protocol === "https:" && !isPrivateHost(url.hostname)) ? url : undefined;
}

/** By how a file begins (latin1). Those that are drawings with a language of their own are not among them. */
const kinds = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[\s\S]{4}WEBP/],
  ["image/avif", /^[\s\S]{4}ftypavi[fs]/],
] as const;

/** The content type of a picture; undefined when it is none of those that the box shows. */
export function pictureType(bytes: Buffer): string | undefined {
  const begin = bytes.toString("latin1", 0, 16);
  return kinds.find(([, pattern]) => pattern.test(begin))?.[0];
}
