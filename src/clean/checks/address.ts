import type { Span, TextRule } from "../rules.ts";

/** Ends of names that are advertised; others end sentences and file names more often. */
const ENDS =
  "com|net|org|cn|cc|tv|me|io|co|top|xyz|vip|club|shop|site|online|link|live|info|icu|fun|pro|wang|ren|app|ru|tk|ml|ga|gg|ws|pw|win|bid|loan|work|store|space|website|tech|biz|asia|hk|tw|jp|kr|us|uk|la|pw|ai";
/** With "点", "。" and the like for a dot, and letters that are apart. */
const ADDRESS = new RegExp(
  `(?:https?:\\/\\/\\S+|(?<![a-z0-9@.])(?:[a-z0-9][a-z0-9-]{0,62}\\s?[.。．·点]\\s?){1,4}(?:${ENDS})(?![a-z0-9]))`,
  "giu",
);
const MAYBE = /[a-z][^a-z]{0,3}$|\/\/|[.。．·点]\s?[a-z]/iu;

/** Addresses of web pages. */
export const address: TextRule = {
  id: "address",
  category: "ads",
  severity: 2,
  find(text) {
    const plain = text.normalize("NFKC");
    // A text whose units moved is unfit as a whole.
    const spans: Span[] = [];
    if (!MAYBE.test(plain)) return spans;
    for (const match of plain.matchAll(ADDRESS)) {
      spans.push(
        plain.length === text.length
          ? { start: match.index, end: match.index + match[0].length }
          : { start: 0, end: text.length },
      );
    }
    return spans;
  },
};
