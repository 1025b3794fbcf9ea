import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../../host/addon.ts";
import type { Profile, Strength } from "../policy.ts";
import { gradeLevel } from "../policy.ts";
import type { Hit } from "../scanner.ts";
import { classes, flagsOf, GRAMS_AT, type Unfit, unfit } from "./features.ts";
import { decodeModel, type GradeModel, GradeModelError } from "./model.ts";

/** How likely a text is of each class, in their order. */
export type Grade = Float32Array;

interface AddonGrader {
  grade(text: string, flags: number, out: Float32Array): void;
}
interface GradeAddon {
  Grader: {
    new (
      model: Pick<GradeModel, "table" | "scales" | "weights" | "bias"> & {
        grams: Uint32Array;
        gramsAt: number;
      },
    ): AddonGrader;
  };
}

export type Hits = readonly Pick<Hit, "category" | "severity">[];

/** The model that comes with the product. */
export const modelFile = () => fileURLToPath(new URL("grader.bin", import.meta.url));

/** The class for which a text is held, the likeliest one of those whose threshold it reaches; undefined when there is none. */
export function heldFor(
  grade: Grade,
  { thresholds }: Pick<GradeModel, "thresholds">,
  profile: Profile,
  strength: Strength,
): Unfit | undefined {
  let [worst, highest]: [Unfit | undefined, number] = [undefined, 0];
  for (const name of unfit) {
    const likely = grade[classes.indexOf(name)] ?? 0;
    if (likely > highest && likely >= thresholds[name][gradeLevel(name, profile, strength)]) {
      [worst, highest] = [name, likely];
    }
  }
  return worst;
}

/** As feimu.v1.Grade has it, the likeliest first. */
export const gradesOf = (grade: Grade) =>
  classes
    .map((label, place) => ({ label, likely: Number((grade[place] ?? 0).toFixed(4)) }))
    .toSorted((a, b) => b.likely - a.likely);

/** Tells what a comment is when no word does. Each one on its own, at once, without a runtime: see docs/grader.md. */
export class Grader {
  readonly model: GradeModel;
  readonly #addon: AddonGrader;

  constructor(model: GradeModel) {
    const { Grader: Addon } = loadAddon<GradeAddon>("comments");
    this.model = model;
    this.#addon = new Addon({ ...model, grams: Uint32Array.from(model.grams), gramsAt: GRAMS_AT });
  }

  /** Throws GradeModelError for a file that is not there, damaged, cut short or of another version. */
  static open(file = modelFile()): Grader {
    try {
      return new Grader(decodeModel(readFileSync(file)));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new GradeModelError(`the grader's model ${file} cannot be used: ${why}`, { cause });
    }
  }

  /** `hits`: the words in it. `grade` is written into. */
  grade(text: string, hits: Hits, grade: Grade = new Float32Array(classes.length)): Grade {
    this.#addon.grade(text, flagsOf(hits), grade);
    return grade;
  }
}
