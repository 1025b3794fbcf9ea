import { Action } from "../comments/comment.ts";
import type { Category, Severity } from "./categories.ts";

/** Who watches. */
export const profiles = ["bar", "esports", "exhibition", "classroom"] as const;
export type Profile = (typeof profiles)[number];
/** 1 lenient, 2 middle, 3 strict, 4 strictest. */
export type Strength = 1 | 2 | 3 | 4;

const { SHOW, MASK, HOLD, DROP } = Action;
/** What happens at each level, from 0 on. The level is the severity, more for stricter settings; the highest is what there is beyond. */
const ladders: Readonly<Record<Category, readonly Action[]>> = {
  political: [SHOW, SHOW, HOLD, DROP],
  porn: [SHOW, SHOW, MASK, DROP],
  minors: [HOLD, HOLD, DROP, DROP],
  ads: [SHOW, SHOW, HOLD, DROP],
  fraud: [SHOW, SHOW, HOLD, DROP],
  abuse: [SHOW, SHOW, MASK, MASK, DROP],
  "self-harm": [SHOW, SHOW, HOLD, DROP],
  violence: [SHOW, SHOW, HOLD, DROP],
  personal: [SHOW, SHOW, MASK, DROP],
  custom: [SHOW, MASK, MASK, DROP],
};
/** How much stricter than a bar they are. */
const bias: Readonly<Record<Profile, Partial<Record<Category, number>>>> = {
  bar: {},
  esports: { ads: 1, fraud: 1 },
  exhibition: { political: 1, porn: 1, ads: 1, fraud: 1, abuse: 1, violence: 1, "self-harm": 1 },
  classroom: { political: 1, porn: 1, ads: 1, fraud: 1, abuse: 2, violence: 1, "self-harm": 1, personal: 1 },
};

/** How little is enough for the grader to hold a comment: a place in the thresholds of a class, from lenient to strictest. */
export function gradeLevel(category: Category, profile: Profile, strength: Strength): 0 | 1 | 2 | 3 {
  const level = strength - 1 + (bias[profile][category] ?? 0);
  return Math.max(0, Math.min(level, 3)) as 0 | 1 | 2 | 3;
}

/** What happens to a comment with such a word in it. */
export function actionFor(
  category: Category,
  severity: Severity,
  profile: Profile,
  strength: Strength,
): Action {
  const ladder = ladders[category];
  const level = severity + strength - 2 + (bias[profile][category] ?? 0);
  return ladder[Math.max(0, Math.min(level, ladder.length - 1))] ?? DROP;
}
