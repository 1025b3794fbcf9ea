import assert from "node:assert/strict";
import { cleanText } from "../../src/clean/clean-text.ts";
import type { EmotePicture } from "../../src/media/emotes.ts";
import { Emotes } from "../../src/stage/emotes.ts";

const picture = (bytes = 4): EmotePicture => ({
  width: 1,
  height: 1,
  delaysMs: [100],
  rgba: Buffer.alloc(bytes),
});
const emote = (name: string) => ({ token: `[${name}]`, url: `https://cdn.example/${name}.png` });
const character = (slot: number) => String.fromCodePoint(0xf0000 + slot);

describe("emotes on the stage", () => {
  let asked: string[] = [];
  let put: number[] = [];
  let nowMs = 0;
  let answer: (url: string) => Promise<EmotePicture | undefined>;
  let emotes: Emotes;
  beforeEach(() => {
    asked = [];
    put = [];
    nowMs = 0;
    answer = async () => picture();
    emotes = new Emotes(
      (url) => {
        asked.push(url);
        return answer(url);
      },
      (slot) => void put.push(slot),
      () => nowMs,
    );
  });

  it("are asked for once, and stand for their tokens then", async () => {
    const text = cleanText("[热]真[热][狗]");
    const all = [emote("热"), emote("狗")];
    assert.equal(emotes.draw(text, all), text);
    await Promise.all([emotes.prepare(all), emotes.prepare(all)]);
    assert.equal(asked.length, 2);
    assert.equal(emotes.prepare(all), undefined);
    assert.equal(emotes.draw(text, all), `${character(0)}真${character(0)}${character(1)}`);
  });

  it("leave their tokens where none comes, and are asked for again later", async () => {
    answer = async () => {
      throw new Error("offline");
    };
    const all = [emote("热")];
    await emotes.prepare(all);
    assert.equal(emotes.draw(cleanText("[热]"), all), "[热]");
    assert.equal(emotes.prepare(all), undefined);
    nowMs += 5 * 60_000;
    answer = async () => picture();
    await emotes.prepare(all);
    assert.equal(emotes.draw(cleanText("[热]"), all), character(0));
  });

  it("are at most 256 and 32 MiB: those unused for longest go", async () => {
    await emotes.prepare([emote("first")]);
    for (let index = 1; index < 256; index++) await emotes.prepare([emote(String(index))]);
    emotes.draw(cleanText("[first]"), [emote("first")]);
    await emotes.prepare([emote("one more")]);
    assert.equal(emotes.draw(cleanText("[first]"), [emote("first")]), character(0));
    assert.equal(emotes.draw(cleanText("[1]"), [emote("1")]), "[1]", "its place is another's");
    assert.equal(put.at(-1), 1);
    answer = async () => picture(12 << 20);
    for (const name of ["a", "b", "c"]) await emotes.prepare([emote(name)]);
    const here = ["first", "a", "b", "c"].map(
      (name) => emotes.draw(cleanText(`[${name}]`), [emote(name)]).length < 3,
    );
    assert.deepEqual(here, [false, false, true, true]);
  });

  it("without an address or a token are text", () => {
    assert.equal(emotes.prepare([{ token: "[x]" }, { token: "", url: "" }]), undefined);
    assert.equal(emotes.draw(cleanText("[x]"), [{ token: "[x]" }, { token: "", url: "https://a/" }]), "[x]");
  });
});
