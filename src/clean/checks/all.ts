import type { TextRule } from "../rules.ts";
import { account } from "./account.ts";
import { address } from "./address.ts";
import { idCard } from "./id-card.ts";
import { phone } from "./phone.ts";

/** What no list of words can hold. */
export const checks: readonly TextRule[] = [phone, idCard, address, account];

const OTHER = 0;
const HAN = 1;
const LATIN = 2;
const DIGIT = 3;
const NUMERAL = 4;
const DOT = 5;
const SLASH = 6;
/** Of each UTF-16 unit. */
const sorts = (() => {
  const table = new Uint8Array(0x10000);
  const set = (sort: number, first: number, last = first) => table.fill(sort, first, last + 1);
  const setAll = (sort: number, all: string) => [...all].forEach((one) => void set(sort, one.charCodeAt(0)));
  set(HAN, 0x4e00, 0x9fff);
  for (const first of ["A", "a", "Ａ", "ａ"]) set(LATIN, first.charCodeAt(0), first.charCodeAt(0) + 25);
  // Two more that are s and k to an expression that is blind to case.
  setAll(LATIN, "\u017f\u212a");
  set(DIGIT, 0x30, 0x39);
  set(NUMERAL, 0xff10, 0xff19);
  set(NUMERAL, 0x2460, 0x2473);
  setAll(NUMERAL, "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖");
  setAll(DOT, ".。．·点");
  set(SLASH, 0x2f);
  return table;
})();
/** Of one number: as many digits, and so many units between two of them. */
const LEAST_DIGITS = 5;
const MAX_GAP = 4;

/**
 * False where none of the checks finds anything, as in most comments: fewer than five digits together, no digit beside Latin letters, and no
 * address. By hand, as expressions with such classes take ten times as long.
 */
export function mayMatter(text: string): boolean {
  let [digits, gap, sinceDot, before] = [0, 0, 2, OTHER];
  let [latin, digit] = [false, false];
  for (let at = 0; at < text.length; at++) {
    const sort = sorts[text.charCodeAt(at)] ?? OTHER;
    if (sort === DIGIT || sort === NUMERAL) {
      if (++digits >= LEAST_DIGITS) return true;
      gap = 0;
      digit ||= sort === DIGIT;
    } else if (sort === HAN || sort === LATIN || ++gap > MAX_GAP) digits = 0;
    if (sort === LATIN) {
      if (sinceDot < 2) return true;
      latin = true;
    }
    if ((latin && digit) || (sort === SLASH && before === SLASH)) return true;
    sinceDot = sort === DOT ? 0 : sort === OTHER ? sinceDot + 1 : 2;
    before = sort;
  }
  return false;
}
