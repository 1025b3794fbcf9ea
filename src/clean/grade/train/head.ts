import { classes, eachGram, GRAMS_AT, INPUTS, inputsOf, MAX_GRAMS, type Table } from "../features.ts";
import type { Row } from "./data.ts";
import { shuffled, softmax } from "./numbers.ts";

const WIDTH = classes.length;
const EPOCHS = 20;
const RATE = 0.05;
const DECAY = 3e-5;
/** Rarer grams are chance. */
const MIN_ROWS = 12;

/** What a head is given for each row: the places of what is not 0, and the values. */
export interface Inputs {
  readonly places: Uint16Array;
  readonly values: Float32Array;
}

export interface Head {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * The 1- and 2-grams that tell most about a class: those with the highest mutual information (in nats, summed over the classes) of the
 * grams that stand in enough rows.
 */
export function chooseGrams(rows: readonly Row[]): number[] {
  const counts = new Map<number, Float64Array>();
  const totals = new Float64Array(WIDTH);
  for (const { match, label } of rows) {
    totals[label] = (totals[label] ?? 0) + 1;
    const seen = new Set<number>();
    eachGram(match, (gram) => seen.add(gram));
    for (const gram of seen) {
      const count = counts.get(gram) ?? new Float64Array(WIDTH);
      counts.set(gram, count);
      count[label] = (count[label] ?? 0) + 1;
    }
  }
  const n = rows.length;
  const informationOf = (count: Float64Array, having: number) =>
    count.reduce((sum, both, label) => {
      const total = totals[label] ?? 0;
      const term = (joint: number, marginal: number) =>
        joint > 0 ? (joint / n) * Math.log((joint * n) / (marginal * total)) : 0;
      return sum + term(both, having) + term(total - both, n - having);
    }, 0);
  return [...counts]
    .map(([gram, count]) => ({ gram, count, having: count.reduce((sum, one) => sum + one, 0) }))
    .filter(({ having }) => having >= MIN_ROWS)
    .map(({ gram, count, having }) => ({ gram, information: informationOf(count, having) }))
    .toSorted((a, b) => b.information - a.information || a.gram - b.gram)
    .slice(0, MAX_GRAMS)
    .map(({ gram }) => gram);
}

export function sparseInputs(model: Table, { text, match, flags }: Row): Inputs {
  const all = inputsOf(model, text, match, flags);
  const places: number[] = [];
  for (const [place, value] of all.entries()) if (value !== 0) places.push(place);
  return { places: Uint16Array.from(places), values: Float32Array.from(places, (place) => all[place] ?? 0) };
}

export function logitsOf({ weights, bias }: Head, { places, values }: Inputs, logits: Float64Array): void {
  logits.set(bias);
  for (const [index, place] of places.entries()) {
    const value = values[index] ?? 0;
    for (let column = 0; column < WIDTH; column++) {
      logits[column] = (logits[column] ?? 0) + (weights[place * WIDTH + column] ?? 0) * value;
    }
  }
}

/** Softmax regression (AdaGrad, in a fixed order). Begins with what the table says. */
export function trainHead(inputs: readonly Inputs[], labels: readonly number[]): Head {
  const weights = new Float32Array(INPUTS * WIDTH);
  for (let column = 0; column < WIDTH; column++) weights[column * WIDTH + column] = 1;
  const squares = new Float32Array(INPUTS * WIDTH).fill(1);
  const bias = new Float32Array(WIDTH);
  const logits = new Float64Array(WIDTH);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const index of shuffled(inputs.length, 100 + epoch)) {
      const row = inputs[index];
      if (!row) continue;
      logitsOf({ weights, bias }, row, logits);
      softmax(logits);
      for (let column = 0; column < WIDTH; column++) {
        const error = (logits[column] ?? 0) - (column === labels[index] ? 1 : 0);
        bias[column] = (bias[column] ?? 0) - 0.005 * error;
        for (const [at, place] of row.places.entries()) {
          const cell = place * WIDTH + column;
          const weight = weights[cell] ?? 0;
          const gradient = error * (row.values[at] ?? 0) + (place >= GRAMS_AT ? DECAY * weight : 0);
          const square = (squares[cell] ?? 0) + gradient * gradient;
          squares[cell] = square;
          weights[cell] = weight - (RATE * gradient) / Math.sqrt(square);
        }
      }
    }
  }
  return { weights, bias };
}
