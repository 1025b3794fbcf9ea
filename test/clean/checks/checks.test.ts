import assert from "node:assert/strict";
import { checks, mayMatter } from "../../../src/clean/checks/all.ts";

/** "phone 138…" for each thing that is found. */
const found = (text: string) =>
  checks.flatMap(({ id, find }) => find(text).map(({ start, end }) => `${id} ${text.slice(start, end)}`));

describe("a check", () => {
  for (const [text, ...expected] of [
    ["打我13812345678吧", "phone 13812345678"],
    ["138 1234 5678", "phone 138 1234 5678"],
    ["１３８-1234·5678", "phone １３８-1234·5678"],
    ["一三八一二三四五六七八", "phone 一三八一二三四五六七八"],
    ["1🎉3🎉8🎉1🎉2🎉3🎉4🎉5🎉6🎉7🎉8", "phone 1🎉3🎉8🎉1🎉2🎉3🎉4🎉5🎉6🎉7🎉8"],
    ["+8613812345678", "phone 13812345678"],
    ["11010519491231002X", "id-card 11010519491231002X"],
    ["身份证 110105 19491231 002x 的", "id-card 110105 19491231 002x"],
    ["看 www.example.com 吧", "address www.example.com"],
    ["https://例子/路", "address https://例子/路"],
    ["abc点com 有", "address abc点com"],
    ["lhgg1fs3k。vip！！", "address lhgg1fs3k。vip"],
    ["ＡＢＣ．ＣＯＭ", "address ＡＢＣ．ＣＯＭ"],
    ["加微信abc_12345", "account 微信abc_12345"],
    ["扣扣群：123456789", "account 扣扣群：123456789"],
    ["+v：a1234567", ""],
    ["vx a1234567", "account vx a1234567"],
  ] as const) {
    it(`finds what is meant in ${text}`, () => {
      assert.deepEqual(found(text), expected[0] ? expected : []);
      if (expected[0]) assert(mayMatter(text));
    });
  }

  for (const text of [
    "12345678901",
    "138123456789",
    "2024年11月24日第3集",
    "666666666666",
    "110105194912310021",
    "110105194913310021",
    "第一集。com",
    "a.b.c",
    "微信支付",
    "qq飞车好玩",
    "3.14",
    "群里有123个人",
    "e.g. this",
    "ok.",
    "v5.0.12",
  ]) {
    it(`finds nothing in ${text}`, () => assert.deepEqual(found(text), []));
  }

  it("ends soon on any text", () => {
    const startMs = process.cpuUsage();
    for (const unit of ["1", "a.", "a-", "微", "q1 ", "1 ", "点a", "vx a_"])
      found(unit.repeat(1_600 / unit.length));
    const { user } = process.cpuUsage(startMs);
    assert(user < 2_000_000);
  });
});
