import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scanner } from "../../src/clean/scanner.ts";

/** What is written alike and says something else. */
const apart = `
好看 不好看|好听 不好听|好吃 不好吃|喜欢这首 不喜欢这首|认识主播 不认识主播|同意这个说法 不同意这个说法|想看这个 不想看这个|可以的吧 不可以的吧
会玩这个 不会玩这个|能赢这把 不能赢这把|有人在吗 没人在吗|看懂了吗 没看懂吗|吃饭了没 没吃饭了|来得及吗 来不及吗|睡得着吗 睡不着吗|买得起吗 买不起吗
别走主播 走吧主播|非去不可吗 去不可吗|未完待续 完待续|无聊的直播 聊的直播|莫要再唱了 要再唱了|勿扰主播了 扰主播了
第1集 第2集|第一集 第二集|第10集好看 第11集好看|1比0领先 2比0领先|三比一了 三比二了|2024年见 2025年见|还有5分钟 还有6分钟|第3名是谁 第4名是谁
12点开始 13点开始|50块一张 60块一张|八点见大家 九点见大家|120斤了吧 130斤了吧|1号选手加油 2号选手加油|3楼说得对 4楼说得对|第七章很精彩 第八章很精彩|100分满分 10分满分
我来了 他来了|我先走了 你先走了|他在哪里啊 她在哪里啊|我是谁呀 你是谁呀|你说得对 他说得对|我的错啊 你的错啊|咱赢了吗 他赢了吗|您请进吧 你请进吧
左边那个 右边那个|上面的字 下面的字|前面的人 后面的人|里面有人吗 外面有人吗|东门集合吧 西门集合吧|南方下雪了 北方下雪了
大的那个好 小的那个好|声音高一点 声音低一点|画面大一点 画面小一点|字太多了吧 字太少了吧|时间太长了 时间太短了|语速快一点 语速慢一点|来得太早了 来得太晚了
红队加油啊 蓝队加油啊|黑棋赢了吧 白棋赢了吧|绿色好看些 黄色好看些|紫色的衣服 橙色的衣服|甲队领先了 乙队领先了|丙组出线了 丁组出线了
男生先唱吧 女生先唱吧|他赢定了啊 他输定了啊|我们胜利了 我们失败了|这把能赢吗 这把能输吗|主队胜了吧 主队负了吧
他来上海了 他去上海了|快点进来吧 快点出来吧|开灯好不好 关灯好不好|音乐开一下 音乐关一下|这是真的吗 这是假的吗|这样好了吧 这样坏了吧|答案是对的 答案是错的
他还活着吗生 他还活着吗死|买这个好吗 卖这个好吗|我爱上班啊 我恨上班啊|别哭了主播 别笑了主播|爸爸来了啊 妈妈来了啊|哥哥真厉害 弟弟真厉害|姐姐好漂亮 妹妹好漂亮
今天吃什么 明天去哪里|晚上好大家 早上好各位|下雨了没有 下雪了没有|唱首歌吧主播 跳个舞吧主播|太厉害了吧 太可惜了吧|老师好帅啊 学生好乖啊|北京欢迎你 上海感谢您
猫好可爱啊 狗好听话呢|天气真热啊 空调真凉快|下班了没有 上学了没有|听不见声音 看得见画面|字幕挡住了 弹幕太慢了|666 777|1 11|10 100|赞 踩|泪目 泪目了|？ ！|👍 👎|哈哈 呵呵|嗯嗯 哦哦|来了 走了
加油加油 泄气泄气|第一次来看 最后一次看|hello world|yes no|go stop|win lose|up down|gg wp|2比1了 1比2了|19岁了吧 91岁了吧|12345 12354|第1次输了 第1次赢了
`
  .trim()
  .split(/[|\n]/)
  .map((pair) => pair.split(" "));

describe("what is nearly the same, and says something else", () => {
  let folder = "";
  let scanner: Scanner;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-repeats-"));
    scanner = Scanner.open(folder, []);
  });
  after(() => rm(folder, { recursive: true }));

  it("is never one comment with a count", () => {
    assert(apart.length > 110, `${apart.length} pairs`);
    const merged = apart.flatMap(([a = "", b = ""], index) =>
      [
        [a, b],
        [b, a],
      ].flatMap(([first = "", second = ""], turn) => {
        const room = `${index} ${turn}`;
        scanner.repeat(room, first, 0, 1_000);
        return scanner.repeat(room, second, 1, 1_000).count > 1 ? [`${first} / ${second}`] : [];
      }),
    );
    assert.deepEqual(merged, []);
  });
});
