import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanComment, cleanText, MAX_TEXT, receivedClean } from "../../src/clean/clean-text.ts";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";

const chat = (text: string): Comment => ({
  id: "1",
  platform: "bilibili",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 0,
  receivedMs: 0,
  text,
  author: { id: "7", name: text },
});

describe("cleaning", () => {
  it("keeps what people write", () => {
    for (const text of [
      "哈哈哈",
      "Nice shot!",
      "👨‍👩‍👧‍👦🇨🇳❤️👋🏽1️⃣",
      "こんにちは",
      "Привет",
      "สวัสดี",
      "𠮷野家",
      "naïve e\u0301",
    ]) {
      assert.equal(cleanText(text), text);
    }
  });

  it("takes out what cannot be seen or breaks the line", () => {
    assert.equal(cleanText("a\u200bb\u202ec\ufeffd\u0000e\nf\tg"), "abcde f g");
    assert.equal(cleanText("\ud800x\udfff"), "x");
    assert.equal(cleanText("  \u2028 "), "");
    assert.equal(cleanText("x\u{e0041}\u{e0042}"), "x");
  });

  it("cuts piles of marks and long texts, a name of 10,000 marks too", () => {
    const name = `a${"\u0301".repeat(10_000)}`;
    assert(cleanText(name).length <= 4);
    assert((cleanComment(chat(name)).author?.name?.length ?? 0) <= 4);
    const cut = cleanText("啊".repeat(5_000));
    assert.equal(cut.length, MAX_TEXT);
  });

  it("drops what says nothing, and gives a verdict to everything", () => {
    const empty = cleanComment(chat("\u200b\u200b"));
    assert.equal(empty.verdict?.action, Action.DROP);
    assert.equal(receivedClean(empty), undefined);
    assert.equal(receivedClean(cleanComment(chat("好"))), "好");
    assert.equal(receivedClean(chat("没有判定")), undefined);
  });

  it("leaves one space where something invisible stood between two", () => {
    assert.equal(cleanText("®\t\u0000\t!"), "® !");
    assert.equal(cleanText("好 \u200b \ufe0f 看"), "好 看");
  });

  it("is idempotent, well-formed and bounded for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const clean = cleanText(text);
        assert.equal(cleanText(clean), clean);
        assert(clean.isWellFormed() && clean.length <= MAX_TEXT * 16);
        assert(!/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\n]/u.test(clean));
      }),
      { numRuns: 500 },
    );
  });
});
