import { createHash } from "node:crypto";

/** The first 32 of the page's 64 positions; the others are cut off anyway. */
const MIXIN_POSITIONS = [
  46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35, 27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39,
  12, 38, 41, 13,
];

const stem = (url: string) => url.slice(url.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");

/** The day's key, from the two picture addresses in `nav`. Undefined when they are too short to be keys. */
export function mixinKey(imgUrl: string, subUrl: string): string | undefined {
  const keys = stem(imgUrl) + stem(subUrl);
  if (keys.length < 64) return undefined;
  return MIXIN_POSITIONS.map((position) => keys[position]).join("");
}

/** Query with `wts` (Unix seconds) and `w_rid` = md5 of the sorted, encoded query and the key. */
export function signQuery(
  parameters: Readonly<Record<string, string | number>>,
  key: string,
  wts: number,
): string {
  const query = Object.entries({ ...parameters, wts })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const kept = String(value).replace(/[!'()*]/g, "");
      return `${encodeURIComponent(name)}=${encodeURIComponent(kept)}`;
    })
    .join("&");
  const signature = createHash("md5")
    .update(query + key)
    .digest("hex");
  return `${query}&w_rid=${signature}`;
}
