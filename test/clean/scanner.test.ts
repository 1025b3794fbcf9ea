import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scanner } from "../../src/clean/scanner.ts";

const lists = [
  { name: "one", text: "@abuse 2\n坏东西|坏蛋\n!坏蛋糕" },
  { name: "two", text: "@ads 3\nbuy now" },
];

describe("the scanner", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-scanner-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const found = (scanner: Scanner, text: string) =>
    (scanner.scan(text) ?? []).map(
      ({ word, form, start, end }) => `${word} ${form} ${text.slice(start, end)}`,
    );

  it("tells list, category, severity, disguise and place of what it finds", () => {
    const scanner = Scanner.open(folder, lists);
    assert.equal(scanner.scan("没事，坏蛋糕"), undefined);
    assert.deepEqual(scanner.scan("Ｂｕｙ　ＮＯＷ 壞·蛋"), [
      { list: "two", word: "buy now", category: "ads", severity: 3, form: "written", start: 0, end: 7 },
      { list: "one", word: "坏蛋", category: "abuse", severity: 2, form: "written", start: 8, end: 11 },
    ]);
    assert.deepEqual(found(scanner, "huai蛋 西东坏"), ["坏蛋 spoken huai蛋", "坏东西 reversed 西东坏"]);
    assert.equal(scanner.normalise("ＢＵＹ、壹➋個"), "buy12个");
  });

  it("keeps what it compiled, and makes it anew when the lists changed or the file is damaged", async () => {
    const path = join(folder, "lexicon.bin");
    Scanner.open(folder, lists);
    const first = await stat(path);
    Scanner.open(folder, lists);
    assert.equal((await stat(path)).ino, first.ino);
    const changed = Scanner.open(folder, [{ name: "one", text: "新词" }]);
    assert.deepEqual(found(changed, "新词坏蛋"), ["新词 written 新词"]);
    const whole = await readFile(path);
    for (const damage of [
      () => truncate(path, whole.length - 1),
      () =>
        writeFile(path, Buffer.concat([whole.subarray(0, 2_000), Buffer.alloc(8, 1), whole.subarray(2_008)])),
      () => writeFile(path, "nothing"),
      () => rm(path),
    ]) {
      await damage();
      assert.deepEqual(found(Scanner.open(folder, [{ name: "one", text: "新词" }]), "新词"), [
        "新词 written 新词",
      ]);
      assert.equal((await readFile(path)).equals(whole), true);
    }
  });

  it("finds all the same where nothing can be written", async () => {
    await writeFile(join(folder, "file"), "");
    const scanner = Scanner.open(join(folder, "file"), lists);
    assert.deepEqual(found(scanner, "坏蛋"), ["坏蛋 written 坏蛋"]);
    scanner.setOwnWords("自己的词");
    assert.deepEqual(found(scanner, "坏蛋自己的词"), ["坏蛋 written 坏蛋", "自己的词 written 自己的词"]);
  });

  it("takes words of the operator's own at once, and lets them go", () => {
    const scanner = Scanner.open(folder, lists);
    assert.deepEqual(scanner.setOwnWords("@abuse 3\n隔壁老王\n!坏蛋哥哥\n……"), ["……"]);
    assert.deepEqual(
      scanner.scan("隔壁老王")?.map(({ list, severity }) => [list, severity]),
      [["own", 3]],
    );
    assert.deepEqual(found(scanner, "坏蛋哥哥是坏蛋"), ["坏蛋 written 坏蛋"]);
    assert.throws(() => scanner.setOwnWords("@x 1"), { name: "WordListError" });
    assert.equal(found(scanner, "隔壁老王").length, 1);
    scanner.setOwnWords("");
    assert.deepEqual(found(scanner, "隔壁老王 坏蛋哥哥"), ["坏蛋 written 坏蛋"]);
  });

  describe("with a large list of the operator's own", () => {
    const word = (number: number) =>
      `大${String.fromCodePoint(0x4e00 + (number >> 8), 0x5000 + (number & 255))}${number % 10}`;
    const large = (from: number, to: number) =>
      `@abuse 2\n${Array.from({ length: to - from }, (_, index) => word(from + index)).join("\n")}`;
    const names = async () => (await readdir(folder)).sort();

    it("compiles it on another thread, and goes on with what there was meanwhile", async () => {
      const scanner = Scanner.open(folder, lists);
      scanner.setOwnWords("隔壁老王");
      const before = scanner.revision;
      assert.deepEqual(scanner.setOwnWords(large(0, 30_000)), []);
      assert.deepEqual(found(scanner, "隔壁老王"), ["隔壁老王 written 隔壁老王"]);
      assert.deepEqual(found(scanner, word(7)), []);
      await scanner.settled;
      assert.notEqual(scanner.revision, before);
      assert.deepEqual(found(scanner, `隔壁老王坏蛋${word(29_999)}`), [
        "坏蛋 written 坏蛋",
        `${word(29_999)} written ${word(29_999)}`,
      ]);
      assert.deepEqual(await names(), ["lexicon.bin", "own-words.bin"]);
    });

    it("has one word more or less in force at once, and then compiled", async () => {
      const scanner = Scanner.open(folder, lists);
      const list = large(0, 10_000);
      scanner.setOwnWords(list, true);
      const said = (text: string) => scanner.scan(text)?.map((hit) => [hit.word, hit.category, hit.list]);
      scanner.setOwnWords(`${list}\n隔壁老王`);
      assert.deepEqual(said(`隔壁老王${word(9_999)}`), [
        ["隔壁老王", "abuse", "own"],
        [word(9_999), "abuse", "own"],
      ]);
      const less = list.replace(`${word(5_000)}\n`, "");
      scanner.setOwnWords(less);
      assert.deepEqual(said(`隔壁老王${word(5_000)}和${word(5_001)}`), [[word(5_001), "abuse", "own"]]);
      await scanner.settled;
      assert.deepEqual(said(`隔壁老王${word(5_000)}和${word(5_001)}`), [[word(5_001), "abuse", "own"]]);
      scanner.setOwnWords(large(0, 20_000));
      scanner.setOwnWords("只有一个");
      await scanner.settled;
      assert.deepEqual(said(`只有一个${word(1)}`), [["只有一个", "custom", "own"]]);
    });

    it("finds it compiled when it starts again, and compiles it anew when the file is damaged", async () => {
      const path = join(folder, "own-words.bin");
      const list = large(0, 10_000);
      Scanner.open(folder, lists).setOwnWords(list, true);
      const { ino } = await stat(path);
      const again = Scanner.open(folder, lists);
      again.setOwnWords(list, true);
      assert.equal((await stat(path)).ino, ino);
      assert.equal(found(again, word(3)).length, 1);
      await truncate(path, 5_000);
      const anew = Scanner.open(folder, lists);
      anew.setOwnWords(list, true);
      assert.equal(found(anew, word(3)).length, 1);
      const elsewhere = Scanner.open(folder, lists, { keepOwn: false });
      const { mtimeMs } = await stat(path);
      elsewhere.setOwnWords(large(5, 10_000));
      await elsewhere.settled;
      assert.equal(found(elsewhere, word(3)).length, 0);
      assert.equal((await stat(path)).mtimeMs, mtimeMs);
    });
  });

  it("bears any text and any list", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `词${String.fromCodePoint(0x4e00 + index)}`);
    const scanner = Scanner.open(folder, [
      { name: "odd", text: `${many.join("|")}\n${"长".repeat(10_000)}\n${"ab".repeat(31)}\n字\n\ud800` },
    ]);
    assert.deepEqual(scanner.refused, ["长".repeat(64), "\ufffd"]);
    const long = `${"好".repeat(500_000)}字${"\ud83d".repeat(1_000)}${"ab".repeat(31)}`;
    assert.deepEqual(found(scanner, long.slice(-2_000)).length, 2);
    assert.equal(found(scanner, long).length, 2);
    assert.deepEqual(found(scanner, "长"), []);
  });
});
