import { cleanText } from "../../clean/clean-text.ts";
import { classes } from "../../clean/grade/features.ts";
import { gradeFigures, scores } from "../../clean/grade/figures.ts";
import type { Grader } from "../../clean/grade/grader.ts";
import { OnnxGrader } from "../../clean/grade/onnx.ts";
import { type Row, readFolder } from "../../clean/grade/train/data.ts";
import type { Judge } from "../../clean/judge.ts";
import type { Scanner } from "../../clean/scanner.ts";
import { Action } from "../../comments/comment.ts";

const BATCH = 64;

const at = (times: Float64Array, share: number) => times.toSorted()[Math.floor(times.length * share)] ?? 0;

/** What grading costs: one by one as comments are judged, and together in ONNX Runtime; features included. */
export async function gradeSpeed(
  grader: Grader,
  judge: Judge,
  scanner: Scanner,
  comments: readonly string[],
) {
  const texts = comments.map((comment) => cleanText(comment));
  const hits = texts.map((text) => judge.judgeWords(text).hits);
  const times = new Float64Array(texts.length);
  for (const [index, text] of texts.entries()) {
    const startMs = performance.now();
    grader.grade(text, hits[index] ?? []);
    times[index] = performance.now() - startMs;
  }
  const openedMs = performance.now();
  const onnx = await OnnxGrader.open(grader.model);
  const onnxOpenMs = performance.now() - openedMs;
  const runs = new Float64Array(Math.floor(texts.length / BATCH));
  let apart = 0;
  for (const run of runs.keys()) {
    const batch = texts.slice(run * BATCH, (run + 1) * BATCH);
    const startMs = performance.now();
    const grades = await onnx.grade(
      batch.map((text, index) => ({
        text,
        match: scanner.normalise(text),
        hits: hits[run * BATCH + index] ?? [],
      })),
    );
    runs[run] = performance.now() - startMs;
    for (const [index, grade] of grades.entries()) {
      const own = grader.grade(batch[index] ?? "", hits[run * BATCH + index] ?? []);
      for (const [place, likely] of own.entries())
        apart = Math.max(apart, Math.abs(likely - (grade[place] ?? 0)));
    }
  }
  await onnx.close();
  return {
    graderP99Ms: at(times, 0.99),
    graderUs: (times.reduce((sum, ms) => sum + ms, 0) / times.length) * 1e3,
    onnxOpenMs,
    onnxBatchP50Ms: at(runs, 0.5),
    onnxBatchP99Ms: at(runs, 0.99),
    onnxApart: apart,
  };
}

/** How right it is on the rows of a folder that it did not learn from. */
export function gradeAccuracy(grader: Grader, judge: Judge, scanner: Scanner, folder: string) {
  const { measure, disguised } = readFolder(folder, (text) => {
    const { hits, action } = judge.judgeWords(cleanText(text));
    return { match: scanner.normalise(text), hits, passes: action === Action.SHOW };
  });
  const graded = (rows: readonly Row[]) =>
    rows.map((row) => ({
      row,
      grade: grader.grade(row.text, judge.judgeWords(cleanText(row.text)).hits),
    }));
  const figures = gradeFigures(graded(measure), grader.model.thresholds);
  const { all, cold, real, newWords } = figures.bySource;
  return {
    macroF1: all?.macroF1,
    macroF1Real: real?.macroF1,
    macroF1NewWords: newWords?.macroF1,
    abuseF1Cold: cold?.f1[classes[4]],
    adsF1Real: real?.f1[classes[3]],
    grader: { version: grader.model.version, ...figures, disguised: scores(graded(disguised)) },
  };
}
