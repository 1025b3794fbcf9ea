import { classes, eachRow, TABLE_ROWS } from "../features.ts";
import type { Row } from "./data.ts";
import { shuffled, softmax } from "./numbers.ts";

const WIDTH = classes.length;
const EPOCHS = 12;
const RATE = 0.25;
const DECAY = 2e-6;
const BIGGEST = 127;

/** The rows of the table that each text has. */
export function tableRowsOf(rows: readonly Row[]): Int32Array[] {
  return rows.map(({ match }) => {
    const found: number[] = [];
    eachRow(match, (row) => found.push(row));
    return Int32Array.from(found);
  });
}

/** Logistic regression over hashed n-grams (AdaGrad, in a fixed order), rounded to eight bits. */
export function trainTable(
  rows: readonly Row[],
  texts: readonly Int32Array[],
): { table: Int8Array; scales: Float32Array } {
  const weights = new Float32Array(TABLE_ROWS * WIDTH);
  const squares = new Float32Array(TABLE_ROWS * WIDTH).fill(1e-2);
  const bias = new Float64Array(WIDTH);
  const logits = new Float64Array(WIDTH);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const index of shuffled(rows.length, epoch + 1)) {
      const text = texts[index] ?? new Int32Array();
      if (text.length === 0) continue;
      const scale = 1 / Math.sqrt(text.length);
      logits.set(bias);
      for (const row of text) {
        for (let column = 0; column < WIDTH; column++) {
          logits[column] = (logits[column] ?? 0) + (weights[row * WIDTH + column] ?? 0) * scale;
        }
      }
      softmax(logits);
      const label = rows[index]?.label ?? 0;
      for (let column = 0; column < WIDTH; column++) {
        const error = (logits[column] ?? 0) - (column === label ? 1 : 0);
        bias[column] = (bias[column] ?? 0) - 0.01 * error;
        const slope = error * scale;
        for (const row of text) {
          const at = row * WIDTH + column;
          const weight = weights[at] ?? 0;
          const gradient = slope + DECAY * weight;
          const square = (squares[at] ?? 0) + gradient * gradient;
          squares[at] = square;
          weights[at] = weight - (RATE * gradient) / Math.sqrt(square);
        }
      }
    }
  }
  const scales = new Float32Array(WIDTH);
  for (let at = 0; at < weights.length; at++) {
    scales[at % WIDTH] = Math.max(scales[at % WIDTH] ?? 0, Math.abs(weights[at] ?? 0) / BIGGEST);
  }
  const table = Int8Array.from(weights, (weight, at) => Math.round(weight / (scales[at % WIDTH] || 1)));
  return { table, scales };
}
