import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Mailbox } from "../../src/media/mailbox.ts";
import { maxViewers } from "../../src/media/viewers.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { BoxHarness, freePort } from "../system/box-harness.ts";
import { checkLooks } from "./looks.ts";
import { launchChromium } from "./operator-page.ts";

/** An address of this machine on a network, where browsers see no secure context; loopback when there is none. */
const ownAddress =
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4")?.address ?? "127.0.0.1";

describe("the page", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  let browser: Browser;
  let operator: BrowserContext;
  let page: Page;
  let rtpPort = 0;
  const address = () => `http://${ownAddress}:${box.webPort}/`;
  const faults: string[] = [];

  before(async () => {
    rtpPort = await freePort();
    await box.start({
      web: { host: "0.0.0.0", port: await box.takeWebPort() },
      sources: [
        { kind: "rtp", listen: `0.0.0.0:${rtpPort}`, allow: ["192.0.2.200"] },
        { kind: "test-pattern", width: 640, height: 360, fps: 30 },
      ],
    });
    browser = await launchChromium();
    operator = await browser.newContext({ locale: "zh-CN" });
    page = await operator.newPage();
    page.on("pageerror", (error) => faults.push(error.message));
  });
  after(async () => {
    await browser?.close();
    await box.stop();
  });

  it("asks for the PIN of a new box, and explains a wrong one", async () => {
    await page.goto(address());
    await page.waitForSelector("input[name=pin]");
    await checkLooks(page);
    const pin = await box.pin();
    await page.fill("input[name=pin]", pin === "00000000" ? "11111111" : "00000000");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent?.includes("4"));
    await page.fill("input[name=pin]", pin);
    await page.keyboard.press("Enter");
    await page.waitForSelector("video");
  });

  it("shows the live stage over plain HTTP, and it moves", async () => {
    if (ownAddress !== "127.0.0.1") assert.equal(await page.evaluate(() => isSecureContext), false);
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    const brightness = () =>
      page.evaluate(() => {
        const video = document.querySelector("video")!;
        const canvas = document.createElement("canvas");
        canvas.width = 64;
        canvas.height = 36;
        const context = canvas.getContext("2d")!;
        context.drawImage(video, 0, 0, 64, 36);
        return [...context.getImageData(0, 0, 64, 36).data];
      });
    // A video element has a size before it has its first picture.
    let first = await brightness();
    while (new Set(first).size <= 10) first = await brightness();
    await page.waitForFunction(
      (from) =>
        (document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > from + 10,
      await page.evaluate(() => document.querySelector("video")!.getVideoPlaybackQuality().totalVideoFrames),
    );
    assert.notDeepEqual(await brightness(), first);
  });

  it("says that as many look already as the box can serve, and shows the picture when one left", async () => {
    const media = box.client("media", "feimu.v1.Media");
    const stop = new AbortController();
    const others = Array.from({ length: maxViewers - 1 }, async (_, index) => {
      const nothing = new Mailbox<Message>();
      const viewing = media.duplex("view", nothing.read(stop.signal), stop.signal)[Symbol.asyncIterator]();
      assert.equal((await viewing.next()).value?.type, "offer", String(index));
      return viewing;
    });
    const viewing = await Promise.all(others);
    const late = await operator.newPage();
    await late.clock.install();
    await late.goto(address());
    await late.waitForFunction(() =>
      document.querySelector(".screen p")?.textContent?.includes("已达到本设备上限"),
    );
    await checkLooks(late);
    stop.abort();
    await Promise.all(viewing.map((one) => one.return?.()));
    await late.clock.fastForward(15_000);
    await late.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await late.close();
  });

  it("lists comments as they are cleaned, and takes back what is retracted", async () => {
    await page.waitForFunction(() => document.querySelector(".light.live"));
    await box.say({ text: "你好\u202e飞幕\u200b", author: "观众甲" });
    await page.waitForFunction(() => document.querySelector(".said")?.textContent === "你好飞幕");
    assert.equal(await page.textContent(".author"), "观众甲");
    page.once("dialog", (dialog) => void dialog.accept());
    await box.say({ text: "不该说的", author: "观众乙" });
    await page.click("button[aria-label='清除此人的弹幕 观众乙']");
    await page.waitForFunction(() => document.querySelectorAll(".said").length === 1);
    await checkLooks(page);
    await box.send({ cmd: "SUPER_CHAT_MESSAGE", data: { id: 99, uid: 5, message: "付费", price: 30 } });
    await page.waitForFunction(() => document.querySelectorAll(".said").length === 2);
    await box.send({ cmd: "SUPER_CHAT_MESSAGE_DELETE", data: { ids: [99] } });
    await page.waitForFunction(() => document.querySelectorAll(".said").length === 1);
  });

  it("takes the operator's word on a comment, and says what a text is graded as", async () => {
    const tried = async () => {
      await page.fill("input[aria-label='试一试：这句话会怎样？']", "你好飞幕");
      await page.press("input[aria-label='试一试：这句话会怎样？']", "Enter");
      return page.waitForSelector(".tried");
    };
    await tried();
    await page.waitForFunction(() => document.querySelector(".tried")?.textContent?.includes("评为 没问题"));
    await page.selectOption(".mark", "ads");
    for (let tries = 0; ; tries++) {
      assert(tries < 100);
      await tried();
      if ((await page.textContent(".tried"))?.includes("评为 广告 99 %")) break;
    }
    const markIs = (label: string, at = 0) =>
      page.waitForFunction(
        ([wanted, index]) =>
          document.querySelectorAll<HTMLSelectElement>(".comments .mark")[Number(index)]?.value === wanted,
        [label, at] as const,
      );
    await markIs("ads");
    await page.reload();
    await markIs("ads");
    assert(await page.locator(".comments .mark").first().isVisible(), "without a mouse at it");
    await page.selectOption(".mark", "");
    await markIs("");
    // Of dots nothing is learned, but the list that made them was wrong.
    await box.say({ text: "傻逼主播会不会玩", author: "观众戊" });
    await page.waitForFunction(() => document.body.innerText.includes("●●主播会不会玩"));
    const dotted = page.locator(".comments li:has-text('●●主播会不会玩') .mark");
    assert.deepEqual(await dotted.locator("option").allTextContents(), ["标记…", "没问题"]);
    await dotted.selectOption("normal");
    await markIs("normal", 1);
    await page.reload();
    await markIs("normal", 1);
    const counts = await page.evaluate(() => fetch("/api/clean/counts").then((response) => response.json()));
    assert.equal(
      counts.counts.find(({ source }: { source: string }) => source === "list:abuse").falseHits,
      1,
    );
    const folder = process.env.FEIMU_SCREENSHOTS;
    if (folder) {
      await page.locator(".comments .author").first().hover();
      await page.locator(".comments").screenshot({ path: `${folder}/marked.png` });
    }
    if (folder) await page.screenshot({ path: `${folder}/marks.png`, fullPage: true });
  });

  it("offers to allow a sender that was refused, and lets it in at once", async () => {
    const sender = spawn(
      "ffmpeg",
      `-loglevel error -re -f lavfi -i testsrc2=size=320x180:rate=30 -c:v libx264 -preset ultrafast -tune zerolatency
       -g 15 -f rtp rtp://${ownAddress}:${rtpPort}`.split(/\s+/),
      { stdio: "ignore" },
    );
    try {
      await page.waitForFunction(
        (address) => document.body.innerText.includes(`${address} 已被拒绝，是否允许？`),
        ownAddress,
      );
      await page.click("button:has-text('允许'):not(:has-text('设备'))");
      await page.waitForFunction(() => document.body.innerText.includes("320×180"));
    } finally {
      sender.kill("SIGKILL");
      await once(sender, "exit");
    }
  });

  it("holds a room's comments back as long as it is told", async () => {
    const field = "input[name='delay 21452505']";
    await page.fill(field, "1.5");
    await page.press(field, "Tab");
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.delayS === 1.5);
    const saidMs = performance.now();
    await box.say({ text: "晚一点", author: "观众丙" });
    await page.waitForFunction(() => document.body.innerText.includes("晚一点"));
    assert(performance.now() - saidMs > 1_400);
    await page.fill(field, "0");
    await page.press(field, "Tab");
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.delayS === 0);
  });

  it("keeps rules: writes, tries, finds, switches, loads and saves them", async () => {
    const shows = (text: string) =>
      page.waitForFunction((words) => document.querySelector(".rules")?.textContent?.includes(words), text);
    await box.say({ text: "来我的小店", author: "观众丁" });
    await page.waitForFunction(() => document.body.innerText.includes("来我的小店"));
    await page.click("button:has-text('新建规则')");
    await checkLooks(page);
    await page.fill("input[name=ruleId]", "shop");
    await page.selectOption("select[name=category]", "ads");
    await page.fill("textarea[name=words]", "小店");
    await page.fill("input[name=expression]", "(");
    await page.click(".rule-editor button[type=submit]");
    await shows("config.clean.rules[0].expression: expected an expression of RE2");
    await page.fill("input[name=expression]", "");
    await page.click(".rules button:has-text('试运行')");
    await shows("来我的小店");
    await checkLooks(page);
    await page.click(".rule-editor button[type=submit]");
    await page.waitForSelector(".rule-list strong:has-text('shop')");
    await box.say({ text: "再来我的小店", author: "观众丁" });
    await page.waitForFunction(() =>
      document.querySelector(".held")?.textContent?.includes("再来我的小店 广告 · shop"),
    );
    await shows("1 次命中");
    await page.click(".held button:has-text('显示')");
    await shows("1 次被你放行");
    await page.setInputFiles(".rules input[type=file]", {
      name: "list.xml",
      mimeType: "text/xml",
      buffer: Buffer.from(
        '<filters><item enabled="true">t=剧透了</item><item enabled="true">r=第\\d+集</item></filters>',
      ),
    });
    await shows("新增词语： 1；新增规则： 1");
    await page.waitForSelector(".rule-list strong:has-text('imported-1')");
    await page.fill("input[type=search]", "小店");
    await page.waitForFunction(() => document.querySelectorAll(".rule-list > li").length === 1);
    await page.click("input[aria-label='启用 shop']");
    await box.untilConfig(({ clean }) => clean.rules[0]?.enabled === false);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click("a[href='/api/clean/export']"),
    ]);
    const saved = JSON.parse(readFileSync(await download.path(), "utf8"));
    assert.deepEqual(
      [saved.words, saved.rules.map(({ id }: { id: string }) => id)],
      ["@custom 2\n剧透了", ["shop", "imported-1"]],
    );
    page.once("dialog", (dialog) => void dialog.accept());
    await page.click("button[aria-label='移除 shop']");
    await shows("没有匹配的规则");
    await checkLooks(page);
  });

  it("says what is wrong with a room, why, and what to do", async () => {
    const misbehave = (how: string) =>
      fetch(`http://127.0.0.1:${box.roomPort}/simulator/misbehave`, {
        method: "POST",
        body: JSON.stringify({ how }),
      });
    const shown = async (text: string) => {
      await page.waitForFunction((words) => document.body.innerText.includes(words), text);
      const folder = process.env.FEIMU_SCREENSHOTS;
      if (folder) await page.locator(".rooms").screenshot({ path: `${folder}/${text}.png` });
    };
    await shown("未登录");
    assert.equal(
      await page.evaluate(() => document.querySelector<HTMLImageElement>(".cover")?.naturalWidth),
      96,
    );
    for (const [how, text] of [
      ["throttle", "限流"],
      ["risk-control", "风控"],
      ["bad-auth", "拒绝了直播间令牌"],
      ["drop", "关闭了直播间连接"],
      ["wrong-clock", "本机时钟不正确"],
    ] as const) {
      await page.waitForSelector(".rooms .light.live");
      // A connection that gave something was a good one: the next wait is short again.
      await box.say({ text: "还在吗" });
      await misbehave(how);
      await shown(text);
      if (how === "throttle") await shown("重试倒计时");
    }
    await page.waitForSelector(".rooms .light.live");
    await shown("次重连");
    await box.say({ text: "还在吗" });
    await misbehave("no-history");
    await misbehave("drop");
    await shown("秒的弹幕在此缺失");
    await page.waitForSelector(".rooms .light.live");
    await box.send({ cmd: "PREPARING", roomid: "21452505" });
    await shown("未开播");
    await box.send({ cmd: "LIVE", roomid: 21_452_505 });
    await page.waitForSelector(".rooms .light.live");
    await page.click(".rooms summary:has-text('访问凭据')");
    await page.fill(".rooms details input[name='credential:cookie']", "SESSDATA=old");
    await page.keyboard.press("Enter");
    await shown("Cookie 已过期");
  });

  it("saves what was said as a file, and erases it all when the event ends", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("a:has-text('XML')")]);
    assert.equal(download.suggestedFilename(), "bilibili-21452505.xml");
    const xml = readFileSync(await download.path(), "utf8");
    assert.match(xml, /你好飞幕<\/d>/);
    assert(!xml.includes("不该说的"));
    page.once("dialog", (dialog) => void dialog.accept());
    await page.click("button:has-text('结束活动')");
    await page.waitForFunction(() => document.querySelectorAll(".comments .said").length === 0);
    const [empty] = await Promise.all([page.waitForEvent("download"), page.click("a:has-text('JSONL')")]);
    assert.equal(readFileSync(await empty.path(), "utf8"), "");
  });

  it("adds and removes a room, and says what is wrong with it", async () => {
    await page.fill("input[name=id]", "21452505");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.body.innerText.includes("该直播间已存在"));
    await page.click("button[aria-label='移除 21452505']");
    await page.waitForFunction(() => document.body.innerText.includes("还没有直播间"));
  });

  it("knows a room by its address, and takes what only its user has without showing it again", async () => {
    await page.fill("input[name=id]", "https://live.kuaishou.com/u/3xfeimu?from=share");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.body.innerText.includes("快手 3xfeimu"));
    await page.waitForFunction(() => document.body.innerText.includes("需要您自己的访问凭据"));
    await page.click("summary:has-text('访问凭据')");
    const field = (name: string) => `details input[name='credential:${name}']`;
    await checkLooks(page);
    await page.fill(field("token"), "SECRET");
    await page.fill(field("stream"), "STREAM");
    await page.fill(field("socket"), "ws://127.0.0.1:9/");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.body.innerText.includes("需要您自己的访问凭据"));
    // What was entered leaves the page with the answer, which the room's new state may overtake.
    await page.waitForFunction(
      (selector) => document.querySelector<HTMLInputElement>(selector)?.value === "",
      field("token"),
    );
    assert.equal((await page.content()).includes("SECRET"), false);
    await box.untilConfig(({ rooms }) =>
      rooms.some((room) => "credentials" in room && room.credentials?.token === "SECRET"),
    );
    assert.doesNotMatch(readFileSync(box.configFile, "utf8"), /SECRET|STREAM/);
    await page.click("button[aria-label='移除 3xfeimu']");
    await page.waitForFunction(() => !document.body.innerText.includes("3xfeimu"));
  });

  it("saves the settings as a file, takes them back, and says what is wrong with another file", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click("a[href='/api/config']"),
    ]);
    const file = await download.path();
    const settings = JSON.parse(readFileSync(file, "utf8"));
    assert.equal(settings.name, "feimu-test");
    const choose = (text: string) =>
      page.setInputFiles("input[accept='.json,application/json']", {
        name: "settings.json",
        mimeType: "application/json",
        buffer: Buffer.from(text),
      });
    await choose("{");
    await page.waitForFunction(() => document.body.innerText.includes("JSON"));
    await choose(JSON.stringify({ ...settings, rooms: "none" }));
    await page.waitForFunction(() => document.body.innerText.includes("config.rooms"));
    await choose(JSON.stringify({ ...settings, name: "from a file" }));
    await page.waitForFunction(() => document.body.innerText.includes("设置已生效"));
    await box.untilConfig(({ name }) => name === "from a file");
  });

  it("changes danmaku at once", async () => {
    const slider = page.locator("input[type=range]").first();
    await slider.focus();
    await page.keyboard.press("Home");
    await box.untilConfig(({ danmaku }) => danmaku.opacity === 0);
    await page.waitForFunction(() => document.querySelector("output")?.textContent === "0 %");
  });

  it("speaks Chinese and English, looks right in light and dark, and works by keyboard", async () => {
    await checkLooks(page);
    await page.click("button[lang=en]");
    await page.waitForFunction(() => document.documentElement.lang === "en");
    assert.match(await page.innerText("main"), /Danmaku/);
    await checkLooks(page);
    const reached = new Set<string>();
    // Once around the page, from wherever the focus is.
    const stops = await page.locator("a, button, input, select, summary, textarea, video").count();
    for (let presses = 0; presses <= stops; presses++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(() => {
          const { tagName, textContent, ariaLabel } = document.activeElement as HTMLElement;
          return `${tagName} ${ariaLabel ?? textContent?.slice(0, 30)}`;
        }),
      );
    }
    for (const wanted of ["BUTTON 中文", "A Save a picture", "BUTTON Add", "BUTTON Let another device in"]) {
      assert(reached.has(wanted), `${wanted} in ${[...reached].join(", ")}`);
    }
  });

  it("lets a second device in with a PIN that the owner asked for, and shows a stranger nothing", async () => {
    const context = await browser.newContext({ locale: "en" });
    const stranger = await context.newPage();
    await stranger.goto(address());
    await stranger.waitForFunction(() => document.body.innerText.includes("Ask the operator"));
    await checkLooks(stranger);
    await page.click("text=Let another device in");
    const pin = (await page.innerText(".digits")).replaceAll(" ", "");
    await stranger.waitForSelector("input[name=pin]");
    await stranger.fill("input[name=pin]", pin);
    await stranger.keyboard.press("Enter");
    await stranger.waitForSelector("video");
    // The owner sees the device, and may send it away.
    await page.click("button[aria-label^='Remove: Chrome']");
    await stranger.waitForFunction(() => document.body.innerText.includes("Ask the operator"));
    await context.close();
  });

  it("comes back by itself when processes are killed", async () => {
    for (const name of ["media", "control", "stage"]) {
      const pid = await box.pidOf(name);
      process.kill(pid, "SIGKILL");
      await box.untilRestarted(name, pid);
      await page.waitForFunction(
        () =>
          document.querySelector("video") &&
          !document.querySelector(".screen p") &&
          !document.querySelector(".banner"),
      );
      const frames = () =>
        page.evaluate(() => document.querySelector("video")!.getVideoPlaybackQuality().totalVideoFrames);
      const before = await frames();
      await page.waitForFunction(
        (from) => document.querySelector("video")!.getVideoPlaybackQuality().totalVideoFrames !== from,
        before,
      );
    }
    assert.deepEqual(faults, []);
  });
});
