import type { Graders } from "../judge.ts";
import type { Scanner } from "../scanner.ts";
import { Grader, modelFile } from "./grader.ts";
import { Marks } from "./marks.ts";

/**
 * The grader that comes with the product and the marks of a folder. Undefined when its model cannot be used: words go on without it.
 * `onProblem` hears why, and of marks that cannot be read.
 */
export function openGraders(
  scanner: Scanner,
  folder: string | undefined,
  onProblem: (why: unknown, what: string) => void,
  model = modelFile(),
): Graders | undefined {
  let grader: Grader;
  try {
    grader = Grader.open(model);
  } catch (error) {
    onProblem(error, "no grader: comments are judged by words alone");
    return undefined;
  }
  if (folder === undefined) return { grader };
  const normalise = (text: string) => scanner.normalise(text);
  return {
    grader,
    marks: Marks.open(folder, normalise, (error) =>
      onProblem(error, "marks cannot be read, they begin anew"),
    ),
  };
}
