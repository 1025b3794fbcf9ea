import type { Span } from "../rules.ts";

/** A number as somebody wrote it, whatever stands between its digits. */
export interface WrittenNumber extends Span {
  /** ASCII. */
  readonly digits: string;
  /** Where each digit begins in the text. */
  readonly at: readonly number[];
}

/** Characters that are no letters between two digits of one number. */
const MAX_GAP = 2;
const NUMERALS = ["0零〇", "1一壹", "2二贰", "3三叁", "4四肆", "5五伍", "6六陆", "7七柒", "8八捌", "9九玖"];
const values = new Map(
  NUMERALS.flatMap((all, value) => [...all].map((one) => [one, String(value)] as const)),
);
const LETTER = /[\p{L}\p{N}]/u;

function digitOf(character: string): string | undefined {
  const known = values.get(character);
  if (known !== undefined || character < "\x80") return known;
  const plain = character.normalize("NFKC");
  return plain.length === 1 && plain >= "0" && plain <= "9" ? plain : undefined;
}

/** The numbers of at least `least` digits: in any script, full-width, circled, with dots, dashes or pictures between the digits. */
export function numbersIn(text: string, least: number): WrittenNumber[] {
  const numbers: WrittenNumber[] = [];
  let digits = "";
  let at: number[] = [];
  let end = 0;
  let gap = 0;
  const finish = () => {
    if (digits.length >= least) numbers.push({ start: at[0] ?? 0, end, digits, at });
    digits = "";
    at = [];
  };
  let index = 0;
  for (const character of text) {
    const digit = digitOf(character);
    if (digit !== undefined) {
      digits += digit;
      at.push(index);
      end = index + character.length;
      gap = 0;
    } else if (digits !== "" && (LETTER.test(character) || ++gap > MAX_GAP)) {
      finish();
    }
    index += character.length;
  }
  finish();
  return numbers;
}
