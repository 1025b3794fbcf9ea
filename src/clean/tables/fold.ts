import { Converter } from "opencc-js";
import confusables from "unicode-confusables";

/** What one code point becomes in the text that is matched: letters and digits; "": it goes; undefined: it parts words. */
export type Fold = string | undefined;

/** The code points that are letters of another script, or symbols, and are read as this. */
const LOOKS: Readonly<Record<string, string>> = {
  "+": "加",
  "➕": "加",
  "✚": "加",
  "🐔": "鸡",
  "🐓": "鸡",
  "🐴": "妈",
  "🐎": "妈",
  "🐶": "狗",
  "🐕": "狗",
  "🐢": "龟",
  "🐷": "猪",
  "🐖": "猪",
  "🐂": "牛",
  "🌶": "辣",
  "🍺": "酒",
  "🔫": "枪",
  "🔪": "刀",
  "💊": "药",
  "💰": "钱",
  "💵": "钱",
  "🛰": "微",
  "🈷": "月",
  "🔞": "18禁",
  "🅰": "a",
  "🅱": "b",
  "🆎": "ab",
  "🅾": "o",
  "🆑": "cl",
  "🆒": "cool",
  "🆓": "free",
  "🆔": "id",
  "🆕": "new",
  "🆖": "ng",
  "🆗": "ok",
  "🆘": "sos",
  "🆙": "up",
  "🆚": "vs",
};
const NUMERALS: readonly string[] = [
  "0〇零",
  "1一壹弌",
  "2二贰贰弍",
  "3三叁弎",
  "4四肆",
  "5五伍",
  "6六陆",
  "7七柒",
  "8八捌",
  "9九玖",
];

const simplified = Converter({ from: "t", to: "cn" });
const numerals = new Map(
  NUMERALS.flatMap((all) => [...all.slice(1)].map((one) => [one, all.slice(0, 1)] as const)),
);
const IGNORED = /^[\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]$/u;
const WORD = /^[\p{L}\p{N}]$/u;
const HAN = /^\p{Script=Han}$/u;
/** Scripts whose letters are taken for Latin ones. Kana and Hangul have look-alikes among Han characters that nobody means. */
const LOOKS_LATIN =
  /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\p{Script=Latin}\p{Script=Common}]$/u;

/** A … Z of a block of styled letters that has no compatibility mapping. */
const styled = (point: number, from: number) =>
  point >= from && point < from + 26 ? String.fromCharCode(97 + point - from) : undefined;

/** Where the circled digits 1 … 9 begin that have no compatibility mapping. */
const CIRCLED = [0x24f5, 0x2776, 0x2780, 0x278a];
function circledDigit(point: number): string | undefined {
  const from = CIRCLED.find((first) => point >= first && point < first + 9);
  return from === undefined ? undefined : String(point - from + 1);
}

function lookOf(character: string): string | undefined {
  const point = character.codePointAt(0)!;
  return (
    LOOKS[character] ??
    styled(point, 0x1f150) ??
    styled(point, 0x1f170) ??
    styled(point, 0x1f1e6) ??
    circledDigit(point)
  );
}

/** As one letter of a script that Latin is written in; undefined: it looks like none. */
function latinOf(character: string): string | undefined {
  if (!LOOKS_LATIN.test(character)) return undefined;
  const look = confusables.rectifyConfusion(character).normalize("NFKC").toLowerCase();
  return /^[a-z]{1,2}$/.test(look) ? look : undefined;
}

export function foldOf(character: string): Fold {
  const look = lookOf(character);
  if (look !== undefined) return look;
  if (IGNORED.test(character)) return "";
  let folded = "";
  for (const part of character.normalize("NFKC").toLowerCase().normalize("NFD")) {
    if (IGNORED.test(part)) continue;
    const composed = part;
    const simple = HAN.test(composed) ? simplified(composed) : composed;
    for (const one of simple) {
      if (!WORD.test(one)) continue;
      const latin = /[a-z0-9]/.test(one) ? one : latinOf(one);
      folded += numerals.get(one) ?? latin ?? one;
    }
  }
  return folded === "" ? undefined : folded.normalize("NFC");
}
