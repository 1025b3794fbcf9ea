import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { failures } from "../../src/catalogue/failures.ts";

describe("the catalogue of failures", () => {
  it("explains every code that the page can be answered with", () => {
    const folder = new URL("../../src/", import.meta.url);
    const said = new Map<string, string>();
    for (const file of globSync("{control,venue,web}/*.ts", { cwd: folder })) {
      const text = readFileSync(new URL(file, folder), "utf8");
      for (const [, code = ""] of text.matchAll(/(?:ApiError\(\d+, |\bcode: )"([A-Z_]+)"/g))
        said.set(code, file);
    }
    assert(said.size > 15, String(said.size));
    for (const [code, file] of said) assert(Object.hasOwn(failures, code), `${code} of ${file}`);
  });
});
