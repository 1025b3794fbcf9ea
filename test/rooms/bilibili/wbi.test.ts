import assert from "node:assert/strict";
import { mixinKey, signQuery } from "../../../src/rooms/bilibili/wbi.ts";
import { readVectors } from "../../vectors.ts";

describe("bilibili signing", () => {
  const { keys, vectors } = readVectors("bilibili-wbi");
  it("mixes the day's keys", () => {
    for (const { imgUrl, subUrl, mixinKey: expected } of keys)
      assert.equal(mixinKey(imgUrl, subUrl), expected);
    assert.equal(mixinKey("https://example.invalid/short.png", ""), undefined);
  });
  for (const { id, params, wts, mixinKey: key, canonicalQuery, w_rid } of vectors) {
    it(id, () => assert.equal(signQuery(params, key, wts), `${canonicalQuery}&w_rid=${w_rid}`));
  }
});
