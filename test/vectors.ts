import { readFileSync } from "node:fs";

// biome-ignore lint/suspicious/noExplicitAny: the files have one shape a platform, checked by use
export type Vector = any;

/** The vectors of a file in test/vectors. */
export function readVectors(name: string): { vectors: Vector[]; [key: string]: Vector } {
  return JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8"));
}

export function bytesOf(vector: Vector): Buffer {
  return vector.hex !== undefined ? Buffer.from(vector.hex, "hex") : Buffer.from(vector.base64, "base64");
}

/** The bytes in the pieces that a vector's chunking says. */
export function cut(bytes: Buffer, chunking: { each?: number; sizes?: number[] }): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = chunking.each ?? chunking.sizes?.[turn % chunking.sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
