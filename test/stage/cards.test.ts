import assert from "node:assert/strict";
import { cleanComment, cleanText } from "../../src/clean/clean-text.ts";
import { type Comment, Kind, RetractionSource } from "../../src/comments/comment.ts";
import { breakable, Cards, Place } from "../../src/stage/cards.ts";

const on = { enabled: true, superChats: true, gifts: true, guards: true, enters: true };
let serial = 0;
const comment = (kind: Comment["kind"], more: Partial<Comment> = {}): Comment =>
  cleanComment({
    id: String(++serial),
    platform: "bilibili",
    room: "1",
    kind,
    timeMs: 0,
    receivedMs: 0,
    author: { id: "7", name: "ada" },
    ...more,
  });
const gift = (count: number, author: Comment["author"] = { id: "7", name: "ada" }, name = "辣条") =>
  comment(Kind.GIFT, { author, gift: { name, count } });
const paid = (yuan: number, text = "加油", receivedMs = 0) =>
  comment(Kind.SUPER_CHAT, {
    text,
    receivedMs,
    durationS: 100,
    price: { milli: yuan * 1_000, currency: "CNY" },
  });

describe("cards on the stage", () => {
  let cards: Cards;
  beforeEach(() => {
    cards = new Cards(on, "zh");
  });
  const said = (nowMs: number) =>
    cards.at(nowMs).map(({ title, words }) => [title, words.join("")].filter(Boolean).join(" | "));

  it("pin super chats, the dearest first, with the time that is left", () => {
    cards.setPinned([paid(30, "一"), paid(2_000, "二"), paid(30, "三"), paid(50, "四")]);
    assert.deepEqual(said(0), ["ada · ¥2000 | 二", "ada · ¥50 | 四", "ada · ¥30 | 三"]);
    const [first, second, third] = cards.at(50_000);
    assert.deepEqual([first?.left, first?.place], [0.5, Place.LOWER_LEFT]);
    assert.equal(new Set([first?.colour, second?.colour, third?.colour]).size, 3, "each tier has its colour");
    assert.deepEqual(cards.at(100_000), []);
  });

  it("count a sender's gifts on one line while they come", () => {
    cards.take(gift(1), 0);
    cards.take(gift(2), 5_000);
    cards.take(gift(5, { id: "8", name: "bob" }), 5_000);
    assert.deepEqual(said(6_000), ["ada 送出 辣条 × 3", "bob 送出 辣条 × 5"]);
    cards.take(gift(1), 12_000);
    assert.deepEqual(said(12_500), ["bob 送出 辣条 × 5", "ada 送出 辣条 × 4"]);
    assert.deepEqual(said(21_000), []);
    cards.take(gift(1), 22_000);
    assert.deepEqual(said(22_000), ["ada 送出 辣条 × 1"], "a new combo");
    for (let sender = 0; sender < 100; sender++) cards.take(gift(1, { id: `s${sender}` }), 23_000);
    assert.equal(cards.at(23_000).length, 4);
  });

  it("show new guards one after the other, and who enters", () => {
    cards.take(comment(Kind.GUARD, { gift: { name: "舰长", months: 1 } }), 0);
    cards.take(comment(Kind.GUARD, { author: { name: "bob" } }), 0);
    cards.take(comment(Kind.ENTER, { author: { id: "9" } }), 0);
    assert.deepEqual(said(0), ["神秘观众 进入直播间", "ada 开通 舰长"]);
    assert.deepEqual(said(9_000), ["bob 开通 大航海"]);
    assert.deepEqual(said(18_000), []);
  });

  it("can each be switched off", () => {
    cards.setPinned([paid(30)]);
    const all = () => {
      cards.take(gift(1), 0);
      cards.take(comment(Kind.GUARD), 0);
      cards.take(comment(Kind.ENTER), 0);
    };
    all();
    assert.equal(cards.at(0).length, 4);
    for (const name of ["superChats", "gifts", "guards", "enters"]) {
      cards.configure({ ...on, [name]: false });
      assert.equal(cards.at(0).length, 3, name);
    }
    cards.configure({ ...on, superChats: false });
    assert.equal(cards.pins, false, "they fly then");
    cards.configure({ ...on, enabled: false });
    assert.equal(cards.at(0).length, 0);
  });

  it("take back what was taken back", () => {
    const takeBack = (what: object) =>
      cards.take(comment(Kind.RETRACT, { retraction: { source: RetractionSource.PLATFORM, ...what } }), 0);
    const card = paid(30);
    cards.setPinned([card]);
    cards.take(gift(1), 0);
    takeBack({ commentIds: [card.id] });
    assert.deepEqual(said(0), ["ada 送出 辣条 × 1"]);
    takeBack({ authorId: "7" });
    assert.deepEqual(said(0), []);
  });

  it("show nothing without a verdict to show it", () => {
    cards.take({ ...gift(1), verdict: { action: 4, revision: 1, reasons: [] } }, 0);
    const { verdict: _none, ...unjudged } = comment(Kind.ENTER);
    cards.take(unjudged, 0);
    assert.deepEqual(cards.at(0), []);
  });

  it("give guests their code and the operator the PIN, over a picture", () => {
    cards.setScreen({
      pin: "12345678",
      address: "http://10.0.0.1/",
      guestAddress: "HTTP://10.0.0.1/G/ABCDEFGH",
    });
    const [pin, code] = cards.at(0);
    assert.deepEqual([pin?.words, pin?.overPicture], [["1234 5678"], true]);
    assert.deepEqual([code?.code, code?.overPicture], ["HTTP://10.0.0.1/G/ABCDEFGH", true]);
  });

  it("break their texts where a line may end", () => {
    assert.deepEqual(breakable(cleanText("加油，Ada!")), ["加油，", "Ada!"]);
    assert.equal(breakable(cleanText("a".repeat(40))).length, 40);
    assert.deepEqual(breakable(cleanText("")), []);
  });
});
