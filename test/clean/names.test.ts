import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/box/config.ts";
import { Judge } from "../../src/clean/judge.ts";
import { Scanner } from "../../src/clean/scanner.ts";
import { Action, type Comment, Kind } from "../../src/comments/comment.ts";

describe("names and emotes", () => {
  let folder = "";
  let judge: Judge;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-names-"));
    const lists = [{ name: "test", text: "@abuse 2\n坏蛋" }];
    judge = new Judge(Scanner.open(folder, lists), parseConfig({}).clean);
  });
  after(() => rm(folder, { recursive: true }));
  const set = (clean: object) => judge.configure(parseConfig({ clean: { foldS: 0, ...clean } }).clean);
  const said = (more: Partial<Comment>) =>
    judge.judge({
      id: "1",
      platform: "douyu",
      room: "1",
      kind: Kind.CHAT,
      timeMs: 1,
      receivedMs: 1,
      text: "好",
      ...more,
    });
  const name = (name: string, id?: string) =>
    said({ author: { name, ...(id !== undefined && { id }) } }).author?.name ?? "";

  it("shows names, their first characters, or the same number for the same person", () => {
    set({ names: "as-they-are" });
    assert.equal(name("小明同学", "7"), "小明同学");
    set({ names: "masked" });
    assert.deepEqual(
      [name("小明同学"), name("👨‍👩‍👧一家"), name("a"), name("\u200b")],
      ["小●●", "👨‍👩‍👧●●", "a●●", ""],
    );
    set({ names: "numbered" });
    assert.match(name("小明", "7"), /^观众 \d{4}$/);
    assert.equal(name("小明", "7"), name("改了名", "7"));
    assert.notEqual(name("小明", "7"), name("小明", "8"));
  });

  it("numbers unfit names in any case, and all in a classroom unless told otherwise", () => {
    set({ names: "masked" });
    assert.match(name("坏蛋", "7"), /^观众 \d{4}$/);
    set({ profile: "classroom" });
    assert.match(name("小明", "7"), /^观众 \d{4}$/);
    set({ profile: "classroom", names: "as-they-are" });
    assert.equal(name("小明", "7"), "小明");
    set({ profile: "bar" });
    assert.equal(name("小明", "7"), "小明");
  });

  it("lets blocked emotes vanish, by id or by token", () => {
    set({ blockedEmotes: ["e1", "[笑]"] });
    const emotes = [{ token: "[哭]", id: "e1" }, { token: "[笑]" }, { token: "[好]", id: "e3" }];
    const { text, emotes: left } = said({ text: "[哭]你[笑]好[好][哭]", emotes });
    assert.deepEqual([text, left?.map(({ token }) => token)], ["你好[好]", ["[好]"]]);
    assert.equal(said({ text: "[哭]", emotes: emotes.slice(0, 1) }).verdict?.action, Action.DROP);
    assert.equal(said({ text: "[好]", emotes: emotes.slice(2) }).verdict?.action, Action.SHOW);
  });
});
