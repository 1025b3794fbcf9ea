// Makes the grader's model from a folder of rows; scripts/train-grader calls it.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Action } from "../../../comments/comment.ts";
import { cleanText } from "../../clean-text.ts";
import { Judge } from "../../judge.ts";
import { Scanner, shippedLists } from "../../scanner.ts";
import { gradeFigures, scores } from "../figures.ts";
import { encodeModel, type GradeModel } from "../model.ts";
import { gradeOf, type Told, temperatureOf, thresholdsOf } from "./calibrate.ts";
import { type Read, type Row, readFolder, readMarks } from "./data.ts";
import { type Fitted, fit, folds, foldsOf } from "./fit.ts";
import { logitsOf, sparseInputs } from "./head.ts";
import { onnxFile } from "./onnx-file.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { marks: { type: "string" }, out: { type: "string" } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1 || !existsSync(folder)) {
  say("usage: scripts/train-grader FOLDER [--marks FILE] [--out FOLDER]");
  say("FOLDER has train.tsv, eval.tsv and aux_abuse.tsv: text, label, source; see docs/grader.md");
  process.exit(2);
}
const out = values.out ?? join(import.meta.dirname, "..");

function tell({ table, head }: Fitted, rows: readonly Row[]): Told[] {
  return rows.map((row) => {
    const logits = new Float64Array(head.bias.length);
    logitsOf(head, sparseInputs(table, row), logits);
    return { row, logits };
  });
}

const versionOf = (rows: readonly Row[]) => {
  const hash = createHash("sha256");
  for (const { text, label } of rows) hash.update(`${label}\t${text}\n`);
  return hash.digest("hex").slice(0, 12);
};

const lexicon = mkdtempSync(join(tmpdir(), "feimu-grader-"));
try {
  const scanner = Scanner.open(lexicon, shippedLists());
  const judge = new Judge(scanner, { profile: "bar", strength: 2, words: "", foldS: 0 });
  const read: Read = (text) => {
    const { hits, action } = judge.judgeWords(cleanText(text));
    return { match: scanner.normalise(text), hits, passes: action === Action.SHOW };
  };
  const { train, measure, disguised } = readFolder(folder, read);
  if (values.marks !== undefined) train.push(...readMarks(values.marks, read));
  say(`${train.length} rows to learn from, ${measure.length} to measure on`);
  // Each row is judged by a model that did not see it: temperature and thresholds are not those of rows learnt by heart.
  const partOf = foldsOf(train, 2);
  const held = folds.flatMap((fold) => {
    say(`part ${fold + 1} of ${folds.length}`);
    return tell(
      fit(train.filter((_, index) => partOf[index] !== fold)),
      train.filter((_, index) => partOf[index] === fold),
    );
  });
  const temperature = temperatureOf(held);
  const thresholds = thresholdsOf(held, temperature);
  say("all parts");
  const { table, head } = fit(train);
  const scaled = (numbers: Float32Array) => numbers.map((value) => value / temperature);
  const model: GradeModel = {
    ...table,
    version: versionOf(train),
    weights: scaled(head.weights),
    bias: scaled(head.bias),
    thresholds,
  };
  const graded = (rows: readonly Row[]) =>
    tell({ table, head }, rows).map(({ row, logits }) => ({ row, grade: gradeOf(logits, temperature) }));
  writeFileSync(join(out, "grader.bin"), encodeModel(model));
  writeFileSync(join(out, "grader.onnx"), onnxFile(model, model.version));
  const { version } = model;
  const figures = { ...gradeFigures(graded(measure), thresholds), disguised: scores(graded(disguised)) };
  process.stdout.write(`${JSON.stringify({ version, temperature, thresholds, ...figures }, undefined, 2)}\n`);
} finally {
  rmSync(lexicon, { recursive: true });
}
