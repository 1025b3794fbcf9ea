import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Category, categories, type Severity } from "../../src/clean/categories.ts";
import { cleanText } from "../../src/clean/clean-text.ts";
import { type CleanSettings, Judge } from "../../src/clean/judge.ts";
import { actionFor, profiles, type Strength } from "../../src/clean/policy.ts";
import { Scanner } from "../../src/clean/scanner.ts";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";

const settings: CleanSettings = { profile: "bar", strength: 2, words: "", foldS: 1 };
const comment = (text: string | undefined, more: Partial<Comment> = {}): Comment => ({
  id: "1",
  platform: "douyu",
  room: "1",
  kind: Kind.CHAT,
  timeMs: 1,
  receivedMs: 1,
  ...(text !== undefined && { text }),
  ...more,
});

describe("the judge", () => {
  let folder = "";
  let judge: Judge;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-judge-"));
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    const text = "@abuse 1\n糊涂\n@abuse 2\n坏蛋\n@ads 2\n买我\n@porn 3\n丑事\n!丑事件";
    judge = new Judge(Scanner.open(folder, [{ name: "test", text }]), settings);
  });
  const verdict = (text: string) => {
    const { verdict, text: shown } = judge.judge(comment(text));
    return [verdict?.action, shown, ...(verdict?.reasons ?? [])];
  };

  it("shows, masks, holds or drops by the worst word, and says why", () => {
    assert.deepEqual(verdict("真好看"), [Action.SHOW, "真好看"]);
    assert.deepEqual(verdict("糊涂"), [Action.SHOW, "糊涂"]);
    assert.deepEqual(verdict("你这壞、蛋糊涂"), [Action.MASK, "你这●●●糊涂", "abuse:2"]);
    assert.deepEqual(verdict("坏蛋坏蛋"), [Action.MASK, "●●●●", "abuse:2"]);
    assert.deepEqual(verdict("坏蛋买我"), [Action.HOLD, "坏蛋买我", "abuse:2", "ads:2"]);
    assert.deepEqual(verdict("坏蛋丑事")[0], Action.DROP);
    assert.deepEqual(verdict("丑事件")[0], Action.SHOW);
  });

  it("replaces names that are unfit, whatever their bearers say", () => {
    const { author, gift, text } = judge.judge(
      comment("好", { author: { id: "77", name: "丑事大王", medal: "坏蛋" }, gift: { name: "买 我" } }),
    );
    assert.match(author?.name ?? "", /^观众 \d{4}$/);
    assert.deepEqual([author?.medal, gift?.name, text], [undefined, "礼物", "好"]);
    const again = judge.judge(comment("", { kind: Kind.ENTER, author: { id: "77", name: "坏蛋" } }));
    assert.equal(again.author?.name, author?.name);
    assert.equal(judge.judge(comment("好", { author: { name: "糊涂" } })).author?.name, "糊涂");
    const state = { kind: Kind.ROOM_STATE, roomState: { title: "今晚丑事直播" } };
    assert.equal(judge.judge(comment(undefined, state)).roomState?.title, "今晚●●直播");
  });

  it("changes with its settings at once", () => {
    judge.configure({ ...settings, strength: 3 });
    assert.deepEqual(verdict("糊涂")[0], Action.MASK);
    judge.configure({ ...settings, words: "@custom 3\n隔壁老王" });
    assert.deepEqual(verdict("隔壁老王")[0], Action.DROP);
    assert.deepEqual(verdict("糊涂")[0], Action.SHOW);
  });

  it("lets dots stand for nothing but what was found", () => {
    const { hits, shown } = judge.judgeText(cleanText("啊🎉坏\u3000🎉\u3000蛋啊"));
    assert.deepEqual([hits.length, shown], [1, "啊🎉●●●●●啊"]);
  });
});

describe("the table behind the dial", () => {
  const strengths: Strength[] = [1, 2, 3, 4];
  const severities: Severity[] = [1, 2, 3];

  it("never gets milder with a stricter dial or a severer word", () => {
    for (const category of categories) {
      for (const profile of profiles) {
        for (const severity of severities) {
          const along = strengths.map((strength) => actionFor(category, severity, profile, strength));
          assert.deepEqual(
            along,
            along.toSorted((a, b) => a - b),
          );
        }
        for (const strength of strengths) {
          const along = severities.map((severity) => actionFor(category, severity, profile, strength));
          assert.deepEqual(
            along,
            along.toSorted((a, b) => a - b),
          );
        }
      }
    }
  });

  it("is nowhere milder than in a bar, and never shows the worst", () => {
    for (const category of categories) {
      for (const severity of severities) {
        for (const strength of strengths) {
          const bar = actionFor(category, severity, "bar", strength);
          for (const profile of profiles) assert(actionFor(category, severity, profile, strength) >= bar);
          if (severity === 3) assert.notEqual(bar, Action.SHOW, `${category} at ${strength}`);
        }
      }
      if (category === "minors") {
        const all: Category = category;
        for (const severity of severities) assert(actionFor(all, severity, "bar", 1) >= Action.HOLD);
      }
    }
  });
});
