import { Archive } from "../../src/comments/archive.ts";
import { Kind } from "../../src/comments/comment.ts";

// Adds comments until it is killed, and says which ones were kept, one line a batch.
const [folder = "", name = ""] = process.argv.slice(2);
const archive = Archive.open(folder);
for (let batch = 0; ; batch++) {
  const comments = Array.from({ length: 25 }, (_, index) => ({
    id: `${name}-${batch}-${index}`,
    platform: "douyu",
    room: "1",
    kind: Kind.CHAT,
    timeMs: 1,
    receivedMs: 1,
  }));
  const line = archive.add(comments).map(({ comment }) => comment.id);
  process.stdout.write(`${line.join(" ")}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
