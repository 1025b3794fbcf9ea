import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe("feimu clean", () => {
  let cache = "";
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), "feimu-cli-clean-"));
  });
  after(() => rm(cache, { recursive: true }));
  const clean = async (input: string) => {
    const child = spawn(process.execPath, [main, "clean", "--json"], {
      env: { ...process.env, XDG_CACHE_HOME: cache },
    });
    child.stdin.end(input);
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return {
      errors,
      lines: out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    };
  };

  it("judges and grades each line of a file, in their order", async () => {
    const advert = "收金币 大量收 要出的私聊 价格好说 长期有效";
    const many = Array.from({ length: 200 }, (_, index) => `第${index}局打得真漂亮`);
    const { lines, errors } = await clean([...many, advert, "傻逼主播"].join("\n"));
    assert.equal(errors, "");
    assert.deepEqual(
      lines.map((line) => line.text),
      [...many, advert, "傻逼主播"],
    );
    assert(lines.slice(0, 200).every(({ verdict, grade }) => verdict === "show" && grade.normal > 0.5));
    const [{ verdict, heldFor, grade }, unfit] = lines.slice(200);
    assert.deepEqual([verdict, heldFor, Object.keys(grade)[0]], ["hold", "ads", "ads"]);
    assert.deepEqual([unfit.verdict, unfit.shown], ["mask", "●●主播"]);
  });
});
