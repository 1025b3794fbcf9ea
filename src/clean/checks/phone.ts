import type { TextRule } from "../rules.ts";
import { numbersIn } from "./digits.ts";

const DIGITS = 11;

/** Mobile numbers of China: eleven digits from 13 to 19 on, with or without +86. */
export const phone: TextRule = {
  id: "phone",
  category: "personal",
  severity: 2,
  find: (text) =>
    numbersIn(text, DIGITS).flatMap(({ digits, at, end }) => {
      const [, prefix = ""] = /^(0{0,2}86)?1[3-9]\d{9}$/.exec(digits) ?? [];
      const start = at[prefix.length];
      return digits.length === DIGITS + prefix.length && /1[3-9]\d{9}$/.test(digits) && start !== undefined
        ? [{ start, end }]
        : [];
    }),
};
