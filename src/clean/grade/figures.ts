import { type Class, classes, unfit } from "./features.ts";
import type { Thresholds } from "./model.ts";
import { isHarmless } from "./train/calibrate.ts";
import type { Row } from "./train/data.ts";

export interface Graded {
  readonly row: Row;
  /** How likely each class is. */
  readonly grade: ArrayLike<number>;
}

const mostLikely = (grade: ArrayLike<number>) =>
  classes.reduce((best, _, place) => ((grade[place] ?? 0) > (grade[best] ?? 0) ? place : best), 0);
const round = (value: number) => Number(value.toFixed(4));

function f1Of(all: readonly Graded[], name: Class): number | undefined {
  const place = classes.indexOf(name);
  let [right, wrong, missed] = [0, 0, 0];
  for (const { row, grade } of all) {
    const said = mostLikely(grade) === place;
    if (said && row.label === place) right++;
    else if (said) wrong++;
    else if (row.label === place) missed++;
  }
  return right + missed === 0 ? undefined : (2 * right) / (2 * right + wrong + missed);
}

/** F1 of each class that is among the rows, and their mean: the class that is most likely counts. */
export function scores(all: readonly Graded[]) {
  const f1 = classes.flatMap((name) => {
    const value = f1Of(all, name);
    return value === undefined ? [] : [[name, round(value)] as const];
  });
  const macro = f1.reduce((sum, [, value]) => sum + value, 0) / (f1.length || 1);
  return { rows: all.length, macroF1: round(macro), f1: Object.fromEntries(f1) };
}

/** Whether a grade holds a comment, at a level of strictness (0 to 3). */
const holds = (grade: ArrayLike<number>, thresholds: Thresholds, level: number) =>
  unfit.some((name) => (grade[classes.indexOf(name)] ?? 0) >= (thresholds[name][level] ?? 1));

const groups: Readonly<Record<string, (row: Row) => boolean>> = {
  all: () => true,
  real: ({ source }) => source.startsWith("real:"),
  realWithoutCold: ({ source }) => source.startsWith("real:") && !source.includes("COLD"),
  cold: ({ source }) => source.includes("COLD"),
  synthetic: ({ source }) => source.startsWith("synthetic:"),
  seenWords: ({ source }) => source.endsWith("seen-word"),
  newWords: ({ source }) => source.endsWith("new-word"),
  hardNegatives: ({ source }) => source === "synthetic:hard-negative",
};

/** How well the grader does on rows that it was not trained on, by where they come from. */
export function gradeFigures(all: readonly Graded[], thresholds: Thresholds) {
  const bySource = Object.fromEntries(
    Object.entries(groups).map(([name, keep]) => [name, scores(all.filter(({ row }) => keep(row)))]),
  );
  const harmless = all.filter(({ row }) => isHarmless(row));
  const contentious = all.filter(({ row }) => row.label === 0 && row.passes && row.source.includes("COLD"));
  const share = (rows: readonly Graded[], level: number) =>
    round(rows.filter(({ grade }) => holds(grade, thresholds, level)).length / (rows.length || 1));
  const levels = [0, 1, 2, 3];
  return {
    bySource,
    /** Of harmless comments that words let through, and of unfit ones: held at each strength. */
    harmlessHeld: levels.map((level) => share(harmless, level)),
    coldHarmlessHeld: levels.map((level) => share(contentious, level)),
    held: Object.fromEntries(
      unfit.map((name) => {
        const rows = all.filter(({ row }) => row.passes && row.label === classes.indexOf(name));
        return [name, { rows: rows.length, held: levels.map((level) => share(rows, level)) }];
      }),
    ),
  };
}
