import { loadAddon } from "../host/addon.ts";

interface CommentsAddon {
  inflateBrotli(input: Buffer, output: Buffer): number;
}

export const BROTLI_BROKEN = -1;

let loaded: CommentsAddon | undefined;

/**
 * Inflates a whole brotli stream into `output` and returns its length, BROTLI_BROKEN, or -2 when `output` is too small. Without the
 * stream object and the new buffer that Node's own makes for each message.
 */
export function inflateBrotli(input: Buffer, output: Buffer): number {
  loaded ??= loadAddon<CommentsAddon>("comments");
  return loaded.inflateBrotli(input, output);
}
