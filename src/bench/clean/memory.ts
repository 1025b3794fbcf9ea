// A process of its own: what the engine adds to Node, given the folder of compiled lists and the list.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openGraders } from "../../clean/grade/graders.ts";
import { Judge } from "../../clean/judge.ts";
import { Scanner } from "../../clean/scanner.ts";
import { Kind } from "../../comments/comment.ts";
import { commentsOf } from "./corpus.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** MB that are this process's alone, and of what it shares with files on disk. */
function memory() {
  collect();
  const text = readFileSync("/proc/self/smaps_rollup", "utf8");
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1_000;
  return { anonymous: mb("Anonymous"), files: mb("Rss") - mb("Anonymous") };
}

const [folder = "", list = ""] = process.argv.slice(2);
const comments = commentsOf(20_000, ["词"]);
const before = memory();
const scanner = Scanner.open(folder, [{ name: "bench", text: readFileSync(list, "utf8") }]);
const graders = openGraders(scanner, undefined, (why) => {
  throw why;
});
const judge = new Judge(scanner, { profile: "bar", strength: 2, words: "", foldS: 1 }, { graders });
for (const [index, text] of comments.entries()) {
  judge.judge({
    id: String(index),
    platform: "bench",
    room: "1",
    kind: Kind.CHAT,
    timeMs: index,
    receivedMs: index,
    text,
    author: { id: String(index % 500), name: `观众${index % 500}` },
  });
}
const after = memory();
process.stdout.write(
  JSON.stringify({
    ownMb: after.anonymous - before.anonymous,
    mappedMb: after.files - before.files,
  }),
);
