import type { TextRule } from "../rules.ts";
import { account } from "./account.ts";
import { address } from "./address.ts";
import { idCard } from "./id-card.ts";
import { phone } from "./phone.ts";

/** What no list of words can hold. */
export const checks: readonly TextRule[] = [phone, idCard, address, account];

/** Without one of these no text can match below: most comments have none. */
const ANY =
  /[0-9A-Za-z./\u00b7\u3002\uff0f-\uff5a\uff0e\u2460-\u2473\u212a\u017f点零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖]/;

/** Where none of them finds anything: fewer than five characters that may be digits, and no address. */
export const mayMatter = (text: string) =>
  ANY.test(text) &&
  /(?:[\d零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖\u2460-\u2473\uff10-\uff19]\P{L}{0,2}){5}|\d.*[a-z]{2}|[a-z].*\d|[.。．·点]\s?[a-zａ-ｚ]|\/\//iu.test(
    text,
  );
