import type { RoomConfig } from "../box/config.ts";
import { getText } from "../rooms/http.ts";
import { pictureType, pictureUrl } from "../rooms/pictures.ts";

export interface Picture {
  readonly type: string;
  readonly bytes: Buffer;
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
  const url = pictureUrl(address, [room]);
  if (!url) return undefined;
  const reply = await getText(url.href, {}, signal).catch(() => undefined);
  const type = reply && pictureType(reply.bytes);
  return reply?.status === 200 && type ? { type, bytes: reply.bytes } : undefined;
}
