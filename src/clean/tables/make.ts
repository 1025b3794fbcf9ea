import { writeFileSync } from "node:fs";
import { pinyin } from "pinyin-pro";
import { foldOf } from "./fold.ts";

// Writes the tables of the normaliser as a C++ source (the build calls it): make.ts FILE. What they mean: native/scan/fold-tables.h.

const [, , file] = process.argv;
if (!file) throw new Error("Expected a file for the tables");

const PARTS = 0xfffe;
const GOES = 0xffff;
const ITSELF = 0xfffd;
const SEQUENCE = 0xe000;
const PAGES = 0x1100;
const HAN = [0x4e00, 0x9fff] as const;

const sequences = new Map<string, number>();
let sequenceUnits = "";
function sequence(text: string): number {
  let at = sequences.get(text);
  if (at === undefined) {
    at = sequenceUnits.length;
    sequenceUnits += String.fromCharCode(text.length) + text;
    sequences.set(text, at);
  }
  return at;
}
const sequenceStarts: number[] = [];
const numbers = new Map<string, number>();
function tableValue(point: number): number {
  if (point >= 0xd800 && point <= 0xf8ff) return point >= 0xe000 ? PARTS : GOES;
  const character = String.fromCodePoint(point);
  const folded = foldOf(character);
  if (folded === undefined) return PARTS;
  if (folded === "") return GOES;
  if (folded === character && point > 0xffff) return ITSELF;
  if (folded.length === 1) return folded.charCodeAt(0);
  let number = numbers.get(folded);
  if (number === undefined) {
    number = sequenceStarts.length;
    sequenceStarts.push(sequence(folded));
    numbers.set(folded, number);
  }
  return SEQUENCE + number;
}

const pages = new Map<string, number>();
const distinct: number[][] = [];
const pageOf: number[] = [];
for (let page = 0; page < PAGES; page++) {
  const values = Array.from({ length: 256 }, (_, low) => tableValue(page * 256 + low));
  const key = values.join();
  let at = pages.get(key);
  if (at === undefined) {
    at = distinct.length;
    distinct.push(values);
    pages.set(key, at);
  }
  pageOf.push(at);
}
if (sequenceStarts.length > ITSELF - 0xf900) throw new Error("too many sequences");

const syllables: string[] = [];
const syllableOf = new Map<string, number>();
const sounds: number[] = [];
for (let point = HAN[0]; point <= HAN[1]; point++) {
  const [sound = ""] = pinyin(String.fromCodePoint(point), { toneType: "none", type: "array", v: true });
  if (!/^[a-z]{1,6}$/.test(sound)) {
    sounds.push(0);
    continue;
  }
  let at = syllableOf.get(sound);
  if (at === undefined) {
    syllables.push(sound);
    at = syllables.length;
    syllableOf.set(sound, at);
  }
  sounds.push(at);
}

const list = (values: readonly number[]) => {
  const lines: string[] = [];
  for (let at = 0; at < values.length; at += 32) lines.push(`    ${values.slice(at, at + 32).join(",")},`);
  return lines.join("\n");
};
const units = Array.from({ length: sequenceUnits.length }, (_, at) => sequenceUnits.charCodeAt(at));
const array = (type: string, name: string, values: readonly number[]) =>
  `const ${type} ${name}[${values.length}] = {\n${list(values)}\n};\n`;
writeFileSync(
  file,
  `// Made by src/clean/tables/make.ts.
#include "scan/fold-tables.h"

namespace feimu::scan::tables {

${array("std::uint16_t", "kPages", pageOf)}${array("std::uint16_t", "kFolds", distinct.flat())}${array("std::uint16_t", "kSequenceStarts", sequenceStarts)}${array("char16_t", "kSequences", units)}${array("std::uint16_t", "kSounds", sounds)}const std::size_t kSyllableCount = ${syllables.length};
const char* const kSyllables[${syllables.length}] = {${syllables.map((one) => `"${one}"`).join(",")}};

}  // namespace feimu::scan::tables
`,
);
