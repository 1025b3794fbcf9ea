import { crc32 } from "node:zlib";
import {
  classes,
  FEATURES,
  INPUTS,
  MAX_GRAMS,
  TABLE_ROWS,
  type Table,
  type Unfit,
  unfit,
} from "./features.ts";

/** How sure the grader must be to hold a comment: lenient, middle, strict, strictest. */
export type Thresholds = Readonly<Record<Unfit, readonly [number, number, number, number]>>;

/** All that the grader has learnt. */
export interface GradeModel extends Table {
  /** Names what it was trained from. */
  readonly version: string;
  /** A row for each input, a column for each class; the temperature is in it. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly thresholds: Thresholds;
}

export class GradeModelError extends Error {
  override readonly name = "GradeModelError";
  readonly code = "GRADE_MODEL_INVALID";
}

/*
 * The file, little-endian:
 *    0         4         8            12            16
 *   +---------+---------+------------+-------------+
 *   | "FMGR"  | format  | header size| CRC-32 of what follows
 *   +---------+---------+------------+-------------+
 *   | header, JSON: version, features, grams, thresholds | zeros up to a multiple of 4
 *   | weights f32 [inputs × classes] | bias f32 [classes] | scales f32 [classes] | table i8 [rows × classes] |
 */
const MAGIC = 0x52474d46;
const FORMAT = 1;
const PREFIX = 16;
const WIDTH = classes.length;
const FLOATS = INPUTS * WIDTH + WIDTH + WIDTH;
const padded = (size: number) => Math.ceil(size / 4) * 4;

interface Header {
  readonly version: string;
  readonly features: string;
  readonly classes: readonly string[];
  readonly grams: readonly number[];
  readonly thresholds: Thresholds;
}

export function encodeModel(model: GradeModel): Buffer {
  const { version, grams, thresholds } = model;
  const header: Header = { version, features: FEATURES, classes, grams, thresholds };
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(PREFIX + padded(json.length) + FLOATS * 4 + model.table.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(FORMAT, 4);
  bytes.writeUInt32LE(json.length, 8);
  json.copy(bytes, PREFIX);
  let at = PREFIX + padded(json.length);
  for (const floats of [model.weights, model.bias, model.scales]) {
    for (const value of floats) at = bytes.writeFloatLE(value, at);
  }
  Buffer.from(model.table.buffer, model.table.byteOffset, model.table.length).copy(bytes, at);
  bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX)), 12);
  return bytes;
}

const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;
const isGram = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;

function headerOf(json: string): Header {
  let header: Partial<Header>;
  try {
    header = JSON.parse(json) as Partial<Header>;
  } catch (cause) {
    throw new GradeModelError("its header is no JSON", { cause });
  }
  const { version, features, grams, thresholds } = header;
  if (features !== FEATURES) {
    throw new GradeModelError(
      `it was made for features ${features}, not ${FEATURES}; scripts/train-grader makes it anew`,
    );
  }
  if (typeof version !== "string" || header.classes?.join() !== classes.join()) {
    throw new GradeModelError("expected a version and our classes in its header");
  }
  if (!Array.isArray(grams) || grams.length > MAX_GRAMS || !grams.every(isGram)) {
    throw new GradeModelError(`expected at most ${MAX_GRAMS} grams in its header`);
  }
  if (!unfit.every((name) => thresholds?.[name]?.length === 4 && thresholds[name].every(isShare))) {
    throw new GradeModelError("expected four thresholds from 0 to 1 for each class in its header");
  }
  return header as Header;
}

/** Throws GradeModelError for what is damaged, cut short or of another version. */
export function decodeModel(bytes: Buffer): GradeModel {
  if (bytes.length < PREFIX || bytes.readUInt32LE(0) !== MAGIC)
    throw new GradeModelError("it is no model of ours");
  if (bytes.readUInt32LE(4) !== FORMAT) throw new GradeModelError("it has another format");
  const jsonSize = bytes.readUInt32LE(8);
  const expected = PREFIX + padded(jsonSize) + FLOATS * 4 + TABLE_ROWS * WIDTH;
  if (bytes.length !== expected)
    throw new GradeModelError(`expected ${expected} bytes but it has ${bytes.length}`);
  if (bytes.readUInt32LE(12) !== crc32(bytes.subarray(PREFIX))) throw new GradeModelError("it is damaged");
  const { version, grams, thresholds } = headerOf(bytes.toString("utf8", PREFIX, PREFIX + jsonSize));
  let at = PREFIX + padded(jsonSize);
  const floats = (count: number) => {
    const values = Float32Array.from({ length: count }, (_, index) => bytes.readFloatLE(at + index * 4));
    at += count * 4;
    if (!values.every(Number.isFinite)) throw new GradeModelError("it has weights that are no numbers");
    return values;
  };
  const weights = floats(INPUTS * WIDTH);
  const bias = floats(WIDTH);
  const scales = floats(WIDTH);
  const table = Int8Array.from(bytes.subarray(at), (byte) => (byte << 24) >> 24);
  return { version, grams, thresholds, weights, bias, scales, table };
}
