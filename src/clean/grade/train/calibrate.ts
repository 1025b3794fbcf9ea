import { classes, type Unfit, unfit } from "../features.ts";
import type { Thresholds } from "../model.ts";
import type { Row } from "./data.ts";
import { softmax } from "./numbers.ts";

/** A row and what a model that was not trained on it says. */
export interface Told {
  readonly row: Row;
  readonly logits: Float64Array;
}

export function gradeOf(logits: Float64Array, temperature: number): Float64Array {
  const grade = logits.map((logit) => logit / temperature);
  softmax(grade);
  return grade;
}

/** What the logits are to be divided by, so that of what is called 90 % sure nine in ten are right: least log loss, by golden sections. */
export function temperatureOf(all: readonly Told[]): number {
  const lossAt = (temperature: number) =>
    all.reduce(
      (sum, { row, logits }) => sum - Math.log((gradeOf(logits, temperature)[row.label] ?? 0) + 1e-12),
      0,
    );
  const GOLDEN = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0.2, 5];
  while (high - low > 1e-3) {
    const step = (high - low) * GOLDEN;
    if (lossAt(high - step) < lossAt(low + step)) high = low + step;
    else low = high - step;
  }
  return (low + high) / 2;
}

/** Of harmless comments, so many a class may be held: lenient, middle, strict, strictest. */
const FALSE_HOLDS = [0.0002, 0.0005, 0.003, 0.01] as const;
/** However harmless the rest looks, nothing is held of what the grader is less sure. */
const LEAST = [0.9, 0.75, 0.6, 0.5] as const;
/** However wrong it was about a few of them (who shouts that a country may live long is in politics), of what it is surer is held. */
const MOST = [0.99, 0.97, 0.9, 0.8] as const;

/** What real people said in chats, and was not meant to insult: COLD's rows are about what people insult each other for. */
export const isHarmless = ({ label, source, passes }: Row) =>
  label === 0 && passes && source.startsWith("real:") && !source.includes("COLD");

/** How sure the grader must be of a class for a comment to be held. */
export function thresholdsOf(all: readonly Told[], temperature: number): Thresholds {
  const harmless = all.filter(({ row }) => isHarmless(row)).map(({ logits }) => gradeOf(logits, temperature));
  const of = (name: Unfit) => {
    const place = classes.indexOf(name);
    const sorted = harmless.map((grade) => grade[place] ?? 0).sort((a, b) => b - a);
    const [lenient = 1, middle = 1, strict = 1, strictest = 1] = FALSE_HOLDS.map((share, level) => {
      const highest = sorted[Math.floor(share * sorted.length)] ?? 0;
      return Number(Math.min(MOST[level] ?? 1, Math.max(LEAST[level] ?? 1, highest + 0.001)).toFixed(3));
    });
    return [lenient, middle, strict, strictest] as const;
  };
  return Object.fromEntries(unfit.map((name) => [name, of(name)])) as unknown as Thresholds;
}
