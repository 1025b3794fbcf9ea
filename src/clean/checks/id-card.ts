import type { TextRule } from "../rules.ts";
import { numbersIn } from "./digits.ts";

/** GB 11643-1999: the weights of the first seventeen digits, and the last character for each remainder by 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const LAST = "10X98765432";

function isBirthday(text: string): boolean {
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6, 8)].map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day));
  return (
    year !== undefined &&
    year >= 1900 &&
    year < 2100 &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day
  );
}

/** Numbers of identity cards of the People's Republic of China, whose checksum is right. */
export const idCard: TextRule = {
  id: "id-card",
  category: "personal",
  severity: 3,
  find: (text) =>
    numbersIn(text, 17).flatMap(({ digits, start, end }) => {
      const [, letter] = /^[^\p{L}\p{N}]{0,2}([xXｘＸ])/u.exec(text.slice(end)) ?? [];
      const whole = digits.length === 17 && letter ? `${digits}X` : digits;
      if (whole.length !== 18 || !isBirthday(whole.slice(6, 14))) return [];
      const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(whole[index]), 0);
      return LAST[sum % 11] === whole[17] ? [{ start, end: end + (digits.length === 17 ? 1 : 0) }] : [];
    }),
};
