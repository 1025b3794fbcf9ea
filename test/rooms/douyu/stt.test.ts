import assert from "node:assert/strict";
import fc from "fast-check";
import {
  escapeStt,
  formatStt,
  parseStt,
  type Stt,
  SttReader,
  unescapeStt,
} from "../../../src/rooms/douyu/stt.ts";
import { readVectors } from "../../vectors.ts";

describe("douyu's text", () => {
  const vectors = readVectors("douyu-stt");

  for (const { raw, escaped } of vectors.escape) {
    it(`escapes ${raw}`, () => {
      assert.equal(escapeStt(raw), escaped);
      assert.equal(unescapeStt(escaped), raw);
    });
  }

  for (const { raw, escaped } of vectors.unescape) {
    it(`unescapes ${escaped}`, () => assert.equal(unescapeStt(escaped), raw));
  }

  for (const { id, stt, flat, value } of vectors.parse) {
    it(`reads ${id}`, () => {
      assert.deepEqual(Object.fromEntries(parseStt(stt)), flat);
      if (value) assert.equal(formatStt(value), stt);
    });
  }

  it("brings back any map of texts", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })), (map) => {
        const back = parseStt(formatStt(map as Stt));
        assert.deepEqual([...back], Object.entries(map));
      }),
    );
  });

  it("is read from bytes as from text", () => {
    const keys = ["type", "a", "b"];
    const reader = new SttReader(keys);
    const pieces = fc.constantFrom("type", "a", "b", "@=", "@", "@A", "@S", "/", "=", "7", "-", "😀", "你");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join("");
        const fields = parseStt(text);
        reader.read(Buffer.from(text));
        for (const key of keys) {
          assert.equal(reader.get(key), fields.get(key));
          const value = fields.get(key) ?? "";
          assert.equal(reader.number(key), /^-?\d{1,15}$/.test(value) ? Number(value) : undefined);
        }
      }),
    );
  });

  it("takes any text", () => {
    const pieces = fc.constantFrom("@", "=", "/", "@=", "@A", "@S", "a", "__proto__", "😀", "\ud800");
    fc.assert(fc.property(fc.array(pieces), (parts) => void parseStt(parts.join(""))));
  });
});
