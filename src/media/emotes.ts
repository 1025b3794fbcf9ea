import type { RoomConfig } from "../box/config.ts";
import { getText } from "../rooms/http.ts";
import { pictureType, pictureUrl } from "../rooms/pictures.ts";

/** Twice the height of a comment on 1080 lines. */
const MAX_HEIGHT = 128;
const MAX_WIDTH = 512;
const MAX_FRAMES = 60;
/** Of all frames as they are sent, and as they are unpacked. */
const MAX_BYTES = 3 << 20;
const MAX_PIXELS = 16 << 20;
/** Fetched and unpacked at the same time. */
const MAX_AT_ONCE = 4;

/** feimu.v1.EmoteReply */
export interface EmotePicture {
  readonly width: number;
  readonly height: number;
  /** One a frame. */
  readonly delaysMs: readonly number[];
  /** The frames one after the other, premultiplied. */
  readonly rgba: Buffer;
}

function premultiply(rgba: Buffer): Buffer {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3]!;
    if (alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel++) {
      rgba[channel] = Math.round((rgba[channel]! * alpha) / 255);
    }
  }
  return rgba;
}

/** Unpacks a still or moving picture (PNG, JPEG, GIF, WebP, AVIF), at most MAX_HEIGHT high. Throws when it is none or too large. */
export async function decodeEmote(bytes: Buffer): Promise<EmotePicture> {
  if (!pictureType(bytes)) throw new Error("no picture");
  // Loaded when the first one is asked for.
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  const options = { limitInputPixels: MAX_PIXELS, failOn: "error" } as const;
  const { pages = 1, width, height, pageHeight = height } = await sharp(bytes, options).metadata();
  const scale = Math.min(1, MAX_HEIGHT / pageHeight, MAX_WIDTH / width);
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(pageHeight * scale)),
  };
  const frames = Math.max(
    1,
    Math.min(pages, MAX_FRAMES, Math.floor(MAX_BYTES / (size.width * size.height * 4))),
  );
  const picture = sharp(bytes, { ...options, pages: frames });
  const { delay = [] } = await picture.metadata();
  const rgba = await picture
    .resize({ ...size, fit: "fill" })
    .ensureAlpha()
    .raw()
    .toBuffer();
  if (rgba.length !== size.width * size.height * 4 * frames) throw new Error("frames of another size");
  const delaysMs = Array.from({ length: frames }, (_, frame) => delay[frame] ?? 100);
  return { ...size, delaysMs, rgba: premultiply(rgba) };
}

/** Fetches the pictures of emotes, a few at a time. */
export class EmoteFetcher {
  readonly #rooms: () => readonly Pick<RoomConfig, "endpoints">[];
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(rooms: () => readonly Pick<RoomConfig, "endpoints">[]) {
    this.#rooms = rooms;
  }

  /** Undefined when the address is not fit, nothing comes, or it is no picture. */
  async fetch(address: string, signal: AbortSignal): Promise<EmotePicture | undefined> {
    const url = pictureUrl(address, this.#rooms());
    if (!url) return undefined;
    if (this.#busy >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
    try {
      const { status, bytes } = await getText(url.href, {}, signal);
      return status === 200 ? await decodeEmote(bytes) : undefined;
    } catch {
      return undefined;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }
}
