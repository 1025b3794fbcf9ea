import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Message } from "../../src/rpc/proto.ts";
import { readTimeline } from "../../src/simulators/timeline.ts";
import { BoxHarness } from "./box-harness.ts";

const UNFIT = 0xff00ff;
const FIT = 0x00ff00;

/** How many pixels are nearly of the colour. */
function pixelsOf(colour: number, { data }: { data: Buffer }): number {
  let pixels = 0;
  for (let at = 0; at < data.length; at += 4) {
    const away = [16, 8, 0].map((shift, channel) =>
      Math.abs(data[at + channel]! - ((colour >> shift) & 255)),
    );
    if (Math.max(...away) < 60) pixels++;
  }
  return pixels;
}

describe("what is unfit", function () {
  this.timeout(60_000);
  const box = new BoxHarness();
  before(async () => {
    await box.start({ sources: [], danmaku: { opacity: 1, outline: false, speed: 4, fontPx: 48 } });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
  });
  after(() => box.stop());

  const heldTexts = async (wanted: (texts: string[]) => boolean) => {
    const { comments } = await box.until("comments", "feimu.v1.Comments", "watchHeld", ({ comments = [] }) =>
      wanted(comments.map(({ text }: Message) => text)),
    );
    return comments as Message[];
  };
  /** Says something fit, and looks until it is on the stage: with nothing unfit before it. */
  const onlyFitSeen = async () => {
    await box.say({ text: "飞幕飞幕飞幕", colour: FIT });
    let fit = 0;
    for (let tries = 0; fit < 300; tries++) {
      if (tries === 200) throw new Error("the fit one never came");
      const shown = await box.snapshot();
      assert(pixelsOf(UNFIT, shown) < 20);
      fit = pixelsOf(FIT, shown);
    }
  };
  const seen = async (colour: number) => {
    for (let tries = 0; tries < 100; tries++) {
      const shown = await box.snapshot();
      if (pixelsOf(colour, shown) > 300) return;
      await delay(50);
    }
    throw new Error("never on the stage");
  };

  it("is not on the stage, however it is disguised, while all else flies", async () => {
    for (const text of [
      "约炮约炮约炮",
      "约·炮",
      "ＹＵＥ炮 加我微信領取",
      "站源资费免 炮pao约炮",
      "台🎉独",
      "國家分裂 法轮功",
    ]) {
      await box.say({ text, colour: UNFIT });
    }
    await onlyFitSeen();
  });

  it("is not on the stage either when it is cut over comments, as in the demonstration", async () => {
    const file = fileURLToPath(new URL("../../src/simulators/timeline.json", import.meta.url));
    const cut = (await readTimeline(file)).filter(({ author = "" }) => /^小号0(08|09|10)$/.test(author));
    assert.equal(cut.length, 4);
    while (pixelsOf(FIT, await box.snapshot()) > 0) await delay(20);
    // The first parts say nothing yet.
    for (const [index, { text, author }] of cut.entries()) {
      await box.say({ text, author, ...(index % 2 === 1 && { colour: UNFIT }) });
    }
    await onlyFitSeen();
    const held = await heldTexts((texts) => texts.includes("微信哈") && texts.includes("博"));
    assert.deepEqual(
      held.slice(-2).map(({ verdict }) => verdict.reasons),
      [["ads:2:split"], ["fraud:2:split"]],
    );
    for (const { platform, room, id } of held) {
      const key = `${platform}:${room}:${id}`;
      await box.client("comments", "feimu.v1.Comments").unary("judge", { key, show: false });
    }
  });

  it("waits for the operator where it is not clear, and flies when they say so", async () => {
    await box.say({ text: "飞幕加我好友 进群 加扣扣", colour: UNFIT });
    const [held] = await heldTexts((texts) => texts.length === 1);
    assert.deepEqual(held?.verdict.reasons, ["ads:2"]);
    const key = `${held.platform}:${held.room}:${held.id}`;
    assert.deepEqual(await box.client("comments", "feimu.v1.Comments").unary("judge", { key, show: true }), {
      known: true,
    });
    await seen(UNFIT);
  });

  it("is dots where only a word of it is", async () => {
    const said = (async () => {
      const client = box.client("comments", "feimu.v1.Comments");
      for await (const comment of client.stream("subscribe", {}, AbortSignal.timeout(10_000))) {
        if (comment.author?.id && comment.text?.includes("主播")) return comment;
      }
    })();
    await delay(200);
    await box.say({ text: "傻逼主播", author: "约炮大王" });
    const comment = await said;
    assert.equal(comment?.text, "●●主播");
    assert.match(comment?.author?.name, /^观众 \d{4}$/);
  });

  it("is dots in a room's title too", async () => {
    const titled = (title: string) =>
      box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.title === title);
    const change = (title: string) => box.send({ cmd: "ROOM_CHANGE", data: { title } });
    await titled("飞幕演示直播间");
    await change("傻·逼主播的直播间");
    await titled("●●●主播的直播间");
    await change("今晚唱歌");
    await titled("今晚唱歌");
  });

  it("is one comment with a count when it is said again and again", async () => {
    const client = box.client("comments", "feimu.v1.Comments");
    const heard: Message[] = [];
    const listening = (async () => {
      for await (const comment of client.stream("subscribe", {}, AbortSignal.timeout(10_000))) {
        if (comment.kind === 1) heard.push(comment);
        if (heard.length === 6) return;
      }
    })();
    await delay(200);
    const said = [
      "主播太厉害了吧",
      "主播太厉害了吧！",
      "主播 太厲害了吧",
      "主播太厉害了吧吧",
      "主播不太厉害吧",
      "主播太厉害了吧",
    ];
    for (const text of said) await box.say({ text, colour: FIT, mode: "top" });
    await listening;
    const [first] = heard;
    assert.deepEqual(
      heard.map(({ verdict }) => [verdict.action ?? 0, verdict.foldedInto === first?.id ? verdict.count : 0]),
      [
        [0, 0],
        [0, 0],
        [2, 3],
        [2, 4],
        [0, 0],
        [2, 5],
      ],
    );
  });

  it("never flies of an author who was forgotten while it waited for its room's delay, nor after the event", async () => {
    const comments = box.client("comments", "feimu.v1.Comments");
    const heard: Message[] = [];
    const listening = new AbortController();
    void (async () => {
      for await (const comment of comments.stream("subscribe", {}, listening.signal)) heard.push(comment);
    })().catch(() => {});
    const texts = () => heard.flatMap(({ text }) => text || []);
    const until = async (isThere: () => boolean) => {
      for (let tries = 0; !isThere(); tries++) {
        assert(tries < 300, texts().join());
        await delay(20);
      }
    };
    const delayRooms = async (delayS: number) => {
      const config = await box.untilConfig(() => true);
      const rooms = config.rooms.map((room) => ({ ...room, delayS }));
      await box.client("box", "feimu.v1.Box").unary("patchConfig", { json: JSON.stringify({ rooms }) });
      await box.until("comments", "feimu.v1.Comments", "watchRooms", (one) => one.rooms[0].delayS === delayS);
    };
    let { received } = (await box.until("comments", "feimu.v1.Comments", "watchRooms", () => true)).rooms[0];
    const sayDelayed = async (text: string, author: string) => {
      await box.say({ text, author });
      received++;
      await box.until(
        "comments",
        "feimu.v1.Comments",
        "watchRooms",
        ({ rooms }) => rooms[0].received === received,
      );
    };
    await sayDelayed("先来一句", "阿甲");
    await until(() => texts().includes("先来一句"));
    const authorId = heard.find(({ text }) => text === "先来一句")?.author.id;
    await delayRooms(3);
    await sayDelayed("还没飞起来", "阿甲");
    await sayDelayed("别人说的话", "阿乙");
    await comments.unary("forget", { authorId });
    await until(() => texts().includes("别人说的话"));
    assert(!texts().includes("还没飞起来"));
    await sayDelayed("活动里的话", "阿丙");
    await comments.unary("endEvent", {});
    await delayRooms(0);
    await box.say({ text: "活动后的话", author: "阿丙" });
    await until(() => texts().includes("活动后的话"));
    assert(!texts().includes("活动里的话"));
    listening.abort();
  });

  it("is what the settings say, at once", async () => {
    const client = box.client("box", "feimu.v1.Box");
    const patch = (clean: object) => client.unary("patchConfig", { json: JSON.stringify({ clean }) });
    const tried = (text: string) => box.client("comments", "feimu.v1.Comments").unary("tryText", { text });
    assert.equal((await tried("隔壁老王")).action, 0);
    assert.deepEqual((await patch({ words: "@custom 3\n隔壁老王" })).errors, []);
    for (let tries = 0; (await tried("隔壁·老王")).action !== 4; tries++) {
      assert(tries < 100);
      await delay(20);
    }
    const { hits } = await tried("隔壁·老王");
    assert.deepEqual(
      hits.map(({ list, word, start, end }: Message) => [list, word, start, end]),
      [["own", "隔壁老王", 0, 5]],
    );
    const refused = await patch({ words: "@nothing" });
    assert.match(refused.errors[0], /^config\.clean\.words: line 1: expected @ and one of/);
  });
});
