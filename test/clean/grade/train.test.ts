import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decodeModel } from "../../../src/clean/grade/model.ts";
import { gradeOf, temperatureOf } from "../../../src/clean/grade/train/calibrate.ts";
import { chooseGrams } from "../../../src/clean/grade/train/head.ts";
import { shuffled } from "../../../src/clean/grade/train/numbers.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../../../src/clean/grade/train/main.ts", import.meta.url));
const said: Readonly<Record<string, readonly string[]>> = {
  normal: ["好看", "唱得好", "下次来", "笑了", "晚安", "稳了", "喜欢", "前排"],
  ads: ["出金币", "收号", "进群", "摆摊", "代购", "转让", "优惠", "包邮"],
  abuse: ["讨厌", "走开", "没脑子", "丢人", "不要脸", "烦人", "闭嘴", "废话"],
  political: ["游行", "推翻", "上街", "打倒", "造反", "罢工", "请愿", "选举"],
  porn: ["脱衣", "看片", "裸着", "想睡", "露点", "深夜", "床上", "湿身"],
};
/** Three words of a class each, in an order of their own. */
const rows = (labels: readonly string[], seed: number, count: number) =>
  labels.flatMap((label) =>
    Array.from({ length: count }, (_, index) => {
      const [one = 0, two = 1, three = 2] = shuffled(8, seed * 1_000 + index);
      const words = said[label] ?? [];
      return `${words[one]}${words[two]}${words[three]}\t${label}\treal:test`;
    }),
  );
const table = (lines: readonly string[]) => `text\tlabel\tsource\n${lines.join("\n")}\n`;

describe("the grader's trainer", function () {
  this.timeout(60_000);
  let folder = "";
  const train = async (name: string, ...more: string[]) => {
    const out = join(folder, name);
    await mkdir(out);
    const { stdout } = await run(process.execPath, [main, folder, "--out", out, ...more]);
    return {
      figures: JSON.parse(stdout),
      bytes: await readFile(join(out, "grader.bin")),
      onnx: await readFile(join(out, "grader.onnx")),
    };
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-train-"));
    const four = ["normal", "ads", "political", "porn"];
    await writeFile(join(folder, "train.tsv"), table(rows(four, 1, 60)));
    await writeFile(join(folder, "eval.tsv"), table(rows(four, 2, 10)));
    await writeFile(join(folder, "aux_abuse.tsv"), table(rows(["abuse"], 3, 80)));
  });
  after(() => rm(folder, { recursive: true }));

  it("makes the same model of the same rows, which tells rows that it did not see", async () => {
    const [one, two] = await Promise.all([train("one"), train("two")]);
    assert.deepEqual(one.bytes, two.bytes);
    assert.deepEqual(one.onnx, two.onnx);
    assert.equal(decodeModel(one.bytes).version, one.figures.version);
    assert(one.figures.bySource.all.macroF1 > 0.9, JSON.stringify(one.figures.bySource.all));
  });

  it("learns from operators' marks too", async () => {
    const marks = join(folder, "marks.jsonl");
    await writeFile(marks, '{"text":"大家来砍一刀","label":"ads"}\n');
    const { figures } = await train("marked", "--marks", marks);
    assert.notEqual(figures.version, (await train("unmarked")).figures.version);
  });

  it("says which row is wrong, and what it needs", async () => {
    const marks = join(folder, "wrong.jsonl");
    await writeFile(marks, '{"text":"好","label":"nice"}\n');
    await assert.rejects(
      run(process.execPath, [main, folder, "--marks", marks]),
      /wrong\.jsonl:1: expected a text and one of normal/,
    );
    await assert.rejects(
      run(process.execPath, [main, join(folder, "nowhere")]),
      /usage: scripts\/train-grader FOLDER/,
    );
  });

  it("chooses the grams that tell classes apart", () => {
    const row = (match: string, label: number) => ({
      text: match,
      match,
      flags: 0,
      passes: true,
      label,
      source: "",
    });
    const all = Array.from({ length: 40 }, (_, at) => row(at % 2 ? "甲丙" : "乙丙", at % 2));
    const [first] = chooseGrams(all);
    assert(
      ["甲", "乙", "甲丙", "乙丙"].some(
        (gram) => first === gram.charCodeAt(0) * 0x10000 + (gram.charCodeAt(1) || 0),
      ),
    );
  });

  it("takes back sureness that is not earned", () => {
    const told = Array.from({ length: 100 }, (_, at) => ({
      row: { text: "", match: "", flags: 0, passes: true, label: at % 4 === 0 ? 1 : 0, source: "" },
      logits: Float64Array.from([8, 0, 0, 0, 0]),
    }));
    const temperature = temperatureOf(told);
    assert(temperature > 2);
    assert((gradeOf(Float64Array.from([8, 0, 0, 0, 0]), temperature)[0] ?? 0) < 0.85);
  });
});
