import { createSocket } from "node:dgram";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mediaAddon, type NativeMedia, type NativeSourceStatus } from "../../src/media/addon.ts";

export interface MediaFixture {
  readonly media: NativeMedia;
  readonly port: number;
  close(): Promise<void>;
}

/** A UDP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** The native engine in a folder of its own; viewers look at the sources' pictures, as no stage runs. */
export async function startMedia(): Promise<MediaFixture> {
  const folder = await mkdtemp(join(tmpdir(), "feimu-media-"));
  const frames = join(folder, "video.sock");
  const media = new (mediaAddon().Media)({ videoSocket: frames, composedSocket: frames });
  return {
    media,
    port: await freePort(),
    async close() {
      media.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits until a source's status is as wanted; throws with the last one after 8 s. */
export async function untilStatus(
  media: NativeMedia,
  holds: (status: NativeSourceStatus) => boolean,
  index = 0,
): Promise<NativeSourceStatus> {
  const deadline = Date.now() + 8_000;
  for (;;) {
    const status = media.status()[index];
    if (status && holds(status)) return status;
    if (Date.now() > deadline) throw new Error(`status stayed ${JSON.stringify(status)}`);
    await delay(20);
  }
}
