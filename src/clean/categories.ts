import type { Words } from "../catalogue/states.ts";

/** What a comment can be unfit for. Their order is that of the numbers in a lexicon file: only ever append. */
export const categories = [
  "political",
  "porn",
  "minors",
  "ads",
  "fraud",
  "abuse",
  "self-harm",
  "violence",
  "personal",
  "custom",
] as const;
export type Category = (typeof categories)[number];

export const categoryWords: Readonly<Record<Category, Words>> = {
  political: { zh: "政治", en: "politics" },
  porn: { zh: "色情", en: "pornography" },
  minors: { zh: "涉未成年人", en: "minors" },
  ads: { zh: "广告", en: "advertising" },
  fraud: { zh: "诈骗与赌博", en: "fraud and gambling" },
  abuse: { zh: "辱骂", en: "abuse" },
  "self-harm": { zh: "自伤", en: "self-harm" },
  violence: { zh: "暴力与违禁品", en: "violence and contraband" },
  personal: { zh: "个人信息", en: "personal data" },
  custom: { zh: "自定义", en: "custom" },
};

/** 1 mild, 2 clear, 3 severe. */
export type Severity = 1 | 2 | 3;
