import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { categories, type Severity } from "../../../src/clean/categories.ts";
import { cleanText } from "../../../src/clean/clean-text.ts";
import { classes, GRAMS_AT, INPUTS, inputsOf, unfit } from "../../../src/clean/grade/features.ts";
import { Grader, heldFor, modelFile } from "../../../src/clean/grade/grader.ts";
import { openGraders } from "../../../src/clean/grade/graders.ts";
import { decodeModel, encodeModel, GradeModelError } from "../../../src/clean/grade/model.ts";
import { batchGrader, OnnxGrader, type ToGrade } from "../../../src/clean/grade/onnx.ts";
import { Judge } from "../../../src/clean/judge.ts";
import { Scanner, shippedLists } from "../../../src/clean/scanner.ts";
import { Action, Kind } from "../../../src/comments/comment.ts";

const sentences = [
  "今天这首歌真好听",
  "加我微信abc12345领取福利，先到先得！！",
  "𝓱𝓮𝓵𝓵𝓸 world 12345678",
  "",
  "😀😀😀",
  "飞",
  "主播声音好温柔呀，下次还来".repeat(30),
];

describe("the grader", () => {
  let folder = "";
  let scanner: Scanner;
  const grader = Grader.open();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-grader-"));
    scanner = Scanner.open(folder, shippedLists());
  });
  after(() => rm(folder, { recursive: true }));

  const toGrade = (text: string, hits: ToGrade["hits"] = []): ToGrade => ({
    text,
    match: scanner.normalise(text),
    hits,
  });

  it("says the same with the runtime and without it", async () => {
    const hit = fc.record({
      category: fc.constantFrom(...categories),
      severity: fc.constantFrom<Severity[]>(1, 2, 3),
    });
    const text = fc.oneof(
      fc.constantFrom(...sentences),
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.stringMatching(/^[一-龥a-z0-9，。!]{0,60}$/),
    );
    const onnx = await OnnxGrader.open(grader.model);
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(text, fc.array(hit, { maxLength: 3 })), { minLength: 1, maxLength: 20 }),
          async (all) => {
            const comments = all.map(([one, hits]) => toGrade(one, hits));
            for (const [index, grade] of (await onnx.grade(comments)).entries()) {
              const { text: said = "", hits = [] } = comments[index] ?? {};
              for (const [place, likely] of grader.grade(said, hits).entries()) {
                assert(
                  Math.abs(likely - (grade[place] ?? 0)) < 1e-4,
                  `${JSON.stringify(said)}: ${likely} ${grade[place]}`,
                );
              }
            }
          },
        ),
        { numRuns: 100 },
      );
    } finally {
      await onnx.close();
    }
  });

  it("finds advertising, and lets harmless comments be", () => {
    const of = (text: string) => {
      const clean = cleanText(text);
      return heldFor(grader.grade(clean, scanner.scan(clean) ?? []), grader.model, "bar", 2);
    };
    for (const text of [
      "今天这首歌真好听",
      "哈哈哈哈笑死",
      "下一把一定赢",
      "主播声音好温柔",
      "666",
      "谢谢老板",
    ]) {
      assert.equal(of(text), undefined, text);
    }
    assert.equal(of("收金币 大量收 要出的私聊 价格好说 长期有效"), "ads");
  });

  it("needs to be less sure where the dial is stricter", () => {
    for (const name of unfit) {
      const [lenient, middle, strict, strictest] = grader.model.thresholds[name];
      assert(lenient >= middle && middle >= strict && strict >= strictest && strictest >= 0.5, name);
    }
    const grade = Float32Array.from([0.3, 0, 0, 0.7, 0]);
    const model = { thresholds: Object.fromEntries(unfit.map((name) => [name, [0.95, 0.8, 0.6, 0.5]])) };
    const held = (profile: "bar" | "classroom", strength: 1 | 2 | 3) =>
      heldFor(grade, model as never, profile, strength);
    assert.deepEqual([held("bar", 2), held("bar", 3), held("classroom", 2)], [undefined, "ads", "ads"]);
  });

  it("has at most 512 inputs, and remembers nothing longer than two characters", () => {
    const { grams } = grader.model;
    assert(GRAMS_AT + grams.length <= INPUTS && grams.length > 100);
    assert.equal(inputsOf(grader.model, "飞幕", "飞幕", 0).length, 512);
    assert.equal(new Set(grams).size, grams.length);
  });

  it("refuses a model that is damaged, cut short or of another version, and says why", async () => {
    const bytes = await readFile(modelFile());
    assert.deepEqual(encodeModel(decodeModel(bytes)), bytes);
    const refused = async (change: (copy: Buffer) => Buffer, why: RegExp) => {
      const file = join(folder, "model.bin");
      await writeFile(file, change(Buffer.from(bytes)));
      assert.throws(
        () => Grader.open(file),
        (error) => error instanceof GradeModelError && why.test(error.message),
      );
    };
    await refused((copy) => copy.subarray(0, copy.length - 1), /expected \d+ bytes but it has/);
    await refused((copy) => copy.subarray(0, 3), /no model of ours/);
    await refused((copy) => copy.fill(7, copy.length - 9, copy.length - 5), /is damaged/);
    await refused((copy) => copy.fill(9, 4, 5), /another format/);
    assert.throws(() => Grader.open(join(folder, "none")), /cannot be used: ENOENT/);
    const model = decodeModel(bytes);
    assert.throws(() => decodeModel(encodeModel({ ...model, thresholds: {} as never })), /four thresholds/);
    assert.throws(() => new Grader({ ...model, bias: new Float32Array(3) }), /of their sizes for model/);
  });

  it("leaves comments to the words where its model is damaged, and says so", async () => {
    const file = join(folder, "damaged.bin");
    await writeFile(file, (await readFile(modelFile())).subarray(0, 1_000));
    const problems: string[] = [];
    const graders = openGraders(scanner, folder, (why, what) => problems.push(`${what}: ${why}`), file);
    assert.equal(graders, undefined);
    assert.match(
      problems.join("\n"),
      /^no grader: comments are judged by words alone: GradeModelError: .* expected \d+ bytes/,
    );
    const judge = new Judge(scanner, { profile: "bar", strength: 2, words: "", foldS: 0 }, { graders });
    const { action, grade } = judge.judgeText(cleanText("收金币 大量收 要出的私聊 价格好说 长期有效"));
    assert.deepEqual([action, grade], [Action.SHOW, undefined]);
  });

  it("is asked about what is said, and about nothing else", () => {
    const graders = openGraders(scanner, undefined, (why) => assert.fail(String(why)));
    const judge = new Judge(scanner, { profile: "bar", strength: 2, words: "", foldS: 0 }, { graders });
    const judged = (kind: Kind) => {
      const text = "收金币 大量收 要出的私聊 价格好说 长期有效";
      const { verdict } = judge.judge({
        id: "1",
        platform: "p",
        room: "1",
        kind,
        timeMs: 1,
        receivedMs: 1,
        text,
      });
      return [verdict?.action, verdict?.reasons];
    };
    assert.deepEqual(judged(Kind.CHAT), [Action.HOLD, ["ads:grade"]]);
    assert.deepEqual(judged(Kind.SUPER_CHAT), [Action.HOLD, ["ads:grade"]]);
    assert.deepEqual(judged(Kind.NOTICE), [Action.SHOW, []]);
    assert.equal(judge.nameOf("收金币大量收要出的私聊"), "收金币大量收要出的私聊");
  });

  it("goes on without the runtime where its file cannot be used", async () => {
    const file = join(folder, "broken.onnx");
    await writeFile(file, "no model");
    const missing: unknown[] = [];
    const batches = await batchGrader(grader, (why) => missing.push(why), file);
    const [grade] = await batches.grade([toGrade("今天这首歌真好听")]);
    assert.deepEqual(grade, grader.grade("今天这首歌真好听", []));
    assert.equal(missing.length, 1);
    assert.equal(grade?.length, classes.length);
    await batches.close();
  });
});
