import type { TextRule } from "../rules.ts";

const NAMES =
  "微信|薇信|威信|维信|微|薇|v信|vx|wx|wechat|weixin|扣扣|企鹅|扣|q群|q裙|qq|群号|裙号|加群|加裙|群|裙|telegram|tg|飞机号|电报|whatsapp|line";
/** A name of a chat network, up to four other characters, then a number or a name that has digits in it. */
const ACCOUNT = new RegExp(
  `(?:${NAMES})(?:号|码|是|:|：|➕|\\+|加|我|群|裙|\\s|[^\\p{L}\\p{N}]){0,4}(?:[1-9](?:[^\\p{L}\\p{N}]?\\d){5,11}|(?=[a-z_-]*\\d)[a-z][a-z0-9_-]{5,19})(?![a-z0-9])`,
  "giu",
);

/** Accounts of chat networks. */
export const account: TextRule = {
  id: "account",
  category: "ads",
  severity: 2,
  find(text) {
    const plain = text.normalize("NFKC");
    return [...plain.matchAll(ACCOUNT)].map((match) =>
      plain.length === text.length
        ? { start: match.index, end: match.index + match[0].length }
        : { start: 0, end: text.length },
    );
  },
};
