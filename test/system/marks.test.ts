import assert from "node:assert/strict";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness } from "./box-harness.ts";

const HOLD = 3;
const places = ["东门", "西门", "广场", "操场"];
const alike = ["周一", "周二", "周三", "周四", "周五"].flatMap((day) =>
  places.map((place) => `${day}晚上${place}摆摊卖烤串欢迎来吃`),
);
const unseen = "周六晚上湖边摆摊卖烤串欢迎来吃呀";

describe("the operator's marks", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  before(async () => {
    await box.start({ sources: [] });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
  });
  after(() => box.stop());
  const call = (method: string, request: object = {}) =>
    box.client("comments", "feimu.v1.Comments").unary(method, request);
  const tried = () => call("tryText", { text: unseen });
  const markAll = async (label: string, authorId = "someone") => {
    for (const text of alike)
      assert.deepEqual(await call("mark", { text, label, authorId }), { known: true });
  };
  const marks = async () => (await call("listMarks")).marks ?? [];

  it("change what happens to a comment like them, and no more once they are taken back", async () => {
    const before = await tried();
    assert.equal(before.action, 0);
    assert.deepEqual(before.grades.map(({ label }: Message) => label).toSorted(), [
      "abuse",
      "ads",
      "normal",
      "political",
      "porn",
    ]);
    await markAll("ads");
    const { action, heldFor, grades } = await tried();
    assert.deepEqual([action, heldFor, grades[0]?.label], [HOLD, "ads", "ads"]);
    await box.say({ text: unseen });
    const { comments } = await box.until(
      "comments",
      "feimu.v1.Comments",
      "watchHeld",
      ({ comments: held = [] }) => held.length === 1,
    );
    assert.deepEqual(comments[0]?.verdict.reasons, ["ads:grade"]);
    assert.equal((await marks()).length, alike.length);
    await markAll("");
    assert.equal((await tried()).action, 0);
    assert.deepEqual(await marks(), []);
  });

  it("go when their author is forgotten, and when the event ends", async () => {
    await markAll("ads", "a");
    await call("mark", { text: "烤串真好吃", label: "normal", authorId: "b" });
    await call("forget", { authorId: "a" });
    assert.deepEqual(
      (await marks()).map(({ text }: Message) => text),
      ["烤串真好吃"],
    );
    await call("endEvent");
    assert.deepEqual(await marks(), []);
  });

  it("say that a list was wrong where dots stand, also to pages that open later, until they are taken back", async () => {
    await box.say({ text: "傻逼主播会不会玩", author: "阿甲" });
    let said: Message = {};
    for await (const comment of box
      .client("comments", "feimu.v1.Comments")
      .stream("subscribe", { backlog: 10 }, AbortSignal.timeout(10_000))) {
      said = comment;
      if (comment.text === "●●主播会不会玩") break;
    }
    const key = `${said.platform}:${said.room}:${said.id}`;
    const falseHits = async () => {
      const { counts } = await call("hitCounts");
      return counts.find(({ source }: Message) => source === "list:abuse")?.falseHits ?? 0;
    };
    const told = (isIt: (now: Message) => boolean) =>
      box.until("comments", "feimu.v1.Comments", "watchMarks", isIt);
    assert.deepEqual(await call("mark", { label: "normal", key }), { known: true });
    await told(({ fine = [] }) => fine.includes(key));
    assert.equal(await falseHits(), 1);
    assert.deepEqual(await marks(), [], "nothing is learned of dots");
    assert.deepEqual(await call("mark", { label: "", key }), { known: true });
    await told(({ fine = [] }) => fine.length === 0);
    assert.equal(await falseHits(), 0);
    assert.deepEqual(await call("mark", { label: "normal", key: "bilibili:1:none" }), { known: false });
  });

  it("need a class that there is", async () => {
    await assert.rejects(call("mark", { text: "烤串", label: "nice" }), /Expected one of normal/);
    assert.deepEqual(await call("mark", { text: "烤串", label: "" }), { known: false });
  });
});
