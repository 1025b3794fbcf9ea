import { parseConfig } from "../../box/config.ts";
import { Judge } from "../../clean/judge.ts";
import type { Scanner } from "../../clean/scanner.ts";
import { Kind } from "../../comments/comment.ts";
import { seeded } from "./corpus.ts";

const ROUNDS = 3;

/** What so many rules add to a comment, µs: three characters that occur in what is said, rarely one after the other. */
export function ruleCosts(scanner: Scanner, comments: readonly string[]) {
  const random = seeded(3);
  const said = comments.join("");
  const word = () =>
    Array.from({ length: 3 }, () => said[random(said.length)] ?? "")
      .join("")
      .replace(/[^\p{L}]/gu, "字");
  const rules = (count: number, of: () => object) =>
    Array.from({ length: count }, (_, index) => ({ id: `r${index}`, action: "show", ...of() }));
  const usWith = (kept: readonly object[]) => {
    const { clean } = parseConfig({ clean: { foldS: 0, rules: kept } });
    const judge = new Judge(scanner, clean);
    let bestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const startMs = performance.now();
      for (const [index, text] of comments.entries()) {
        judge.judge({
          id: String(index),
          platform: "bench",
          room: "1",
          kind: Kind.CHAT,
          timeMs: index,
          receivedMs: index,
          text,
          author: { id: String(index % 500) },
        });
      }
      bestMs = Math.min(bestMs, performance.now() - startMs);
    }
    return (bestMs * 1e3) / comments.length;
  };
  const none = usWith([]);
  const more = (kept: readonly object[]) => Number((usWith(kept) - none).toFixed(2));
  const costs = {
    words400: more(rules(400, () => ({ kind: "text", words: [word()] }))),
    expressions400: more(rules(400, () => ({ kind: "text", expression: `${word()}.{0,3}${word()}` }))),
    counting100: more(rules(100, () => ({ kind: "context", perMinute: 60 + random(60) }))),
  };
  usWith([]);
  return costs;
}
