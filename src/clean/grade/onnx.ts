import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { classes, flagsOf, INPUTS, inputsOf } from "./features.ts";
import type { Grade, Grader, Hits } from "./grader.ts";
import type { GradeModel } from "./model.ts";

/** The head that comes with the product. */
export const onnxFile = () => fileURLToPath(new URL("grader.onnx", import.meta.url));

export interface ToGrade {
  readonly text: string;
  /** What is matched of it, as Scanner.normalise says. */
  readonly match: string;
  readonly hits: Hits;
}

/** Grades many comments together, by ONNX Runtime. */
export class OnnxGrader {
  readonly #model: GradeModel;
  readonly #session: InferenceSession;
  readonly #tensor: typeof Tensor;

  private constructor(model: GradeModel, session: InferenceSession, tensor: typeof Tensor) {
    this.#model = model;
    this.#session = session;
    this.#tensor = tensor;
  }

  /** Loads the runtime, which nothing else does. Rejects when there is none, or when the file is not the model's. */
  static async open(model: GradeModel, file = onnxFile()): Promise<OnnxGrader> {
    const { InferenceSession, Tensor } = await import("onnxruntime-node");
    const session = await InferenceSession.create(readFileSync(file), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 3,
    });
    return new OnnxGrader(model, session, Tensor);
  }

  async grade(comments: readonly ToGrade[]): Promise<Grade[]> {
    if (comments.length === 0) return [];
    const inputs = new Float32Array(comments.length * INPUTS);
    for (const [row, { text, match, hits }] of comments.entries()) {
      inputs.set(inputsOf(this.#model, text, match, flagsOf(hits)), row * INPUTS);
    }
    const { grade } = await this.#session.run({
      inputs: new this.#tensor("float32", inputs, [comments.length, INPUTS]),
    });
    const all = grade?.data;
    if (!(all instanceof Float32Array) || all.length !== comments.length * classes.length) {
      throw new Error(`the runtime gave no grades for ${comments.length} comments`);
    }
    return comments.map((_, row) => all.slice(row * classes.length, (row + 1) * classes.length));
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

export interface BatchGrader {
  grade(comments: readonly ToGrade[]): Promise<Grade[]>;
  close(): Promise<void>;
}

/** By the runtime where there is one, else one after the other. `onMissing` hears why. */
export async function batchGrader(
  grader: Grader,
  onMissing: (why: unknown) => void,
  file = onnxFile(),
): Promise<BatchGrader> {
  try {
    return await OnnxGrader.open(grader.model, file);
  } catch (error) {
    onMissing(error);
    return {
      grade: async (comments) => comments.map(({ text, hits }) => grader.grade(text, hits)),
      close: async () => {},
    };
  }
}
