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
