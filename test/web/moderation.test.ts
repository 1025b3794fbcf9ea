import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { BoxHarness } from "../system/box-harness.ts";
import { checkLooks } from "./looks.ts";
import { launchChromium } from "./operator-page.ts";

describe("the page for moderators", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  let browser: Browser;
  let first: BrowserContext;
  let page: Page;
  const address = () => `http://127.0.0.1:${box.webPort}/`;
  const claimBox = async (context: BrowserContext) => {
    const opened = await context.newPage();
    opened.setDefaultTimeout(20_000);
    await opened.goto(address());
    await opened.waitForSelector("input[name=pin]");
    await opened.fill("input[name=pin]", await box.pin());
    await opened.keyboard.press("Enter");
    await opened.waitForSelector(".panic");
    return opened;
  };
  /** What waits, by its words. */
  const queue = (of: Page) =>
    of.evaluate(() => [...document.querySelectorAll(".queued .said")].map((one) => one.textContent ?? ""));
  const untilQueued = async (...texts: string[]) => {
    await page.waitForFunction((wanted) => {
      const shown = [...document.querySelectorAll(".queued .said")].map((one) => one.textContent ?? "");
      return shown.length === wanted.length && wanted.every((text, at) => shown[at]?.includes(text));
    }, texts);
  };
  const untilSaid = (text: string) =>
    page.waitForFunction(
      (wanted) => [...document.querySelectorAll(".comments .said")].some((one) => one.textContent === wanted),
      text,
    );
  const hold = async (...texts: string[]) => {
    for (const [at, text] of texts.entries()) {
      await box.say({ text: `${text} 加我好友 进群 加扣扣`, author: `观众${text}` });
      await page.waitForFunction((count) => document.querySelectorAll(".queued").length >= count, at + 1);
    }
  };

  before(async () => {
    await box.start({ sources: [] });
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.state === "live");
    browser = await launchChromium();
    first = await browser.newContext({ locale: "zh-CN", hasTouch: true });
    page = await claimBox(first);
  });
  after(async () => {
    await browser?.close();
    await box.stop();
  });

  it("decides by keyboard on what waits, and undoes it", async () => {
    await hold("甲", "乙", "丙", "丁");
    await checkLooks(page, "held");
    await page.locator(".queued").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("k");
    await page.keyboard.press("x");
    await untilQueued("甲", "丙", "丁");
    assert.match(
      await page.evaluate(() => document.activeElement?.textContent ?? ""),
      /丙/,
      "on to the next",
    );
    await page.keyboard.press("u");
    await untilQueued("甲", "丙", "丁", "乙");
    await page.keyboard.press("a");
    await untilQueued("甲", "丁", "乙");
    await untilSaid("丙 加我好友 进群 加扣扣");
    await page.keyboard.press("b");
    await untilQueued("甲", "乙");
    await page.waitForFunction(() => document.querySelectorAll(".undo li").length > 0);
    await box.say({ text: "丁又来了", author: "观众丁" });
    await box.say({ text: "戊来了", author: "观众戊" });
    await untilSaid("戊来了");
    assert(!(await page.innerText(".comments")).includes("丁又来了"), "blocked");
    await page.click(".undo li:has-text('屏蔽作者') button");
    await untilQueued("甲", "乙", "丁");
    await box.say({ text: "丁回来了", author: "观众丁" });
    await untilSaid("丁回来了");
  });

  it("decides nothing where a mouse marks text", async () => {
    await page.locator(".queued .said").first().click();
    await page.locator(".queued .said").first().dblclick();
    const { decisions } = await box.client("comments", "feimu.v1.Moderation").unary("listDecisions", {});
    assert.equal(decisions[0]?.decision, "undo block", "as before");
    await untilQueued("甲", "乙", "丁");
  });

  it("decides by a finger on a phone: to the right shows, to the left drops", async () => {
    const cdp = await first.newCDPSession(page);
    const swipe = async (row: number, byPx: number) => {
      const box = await page.locator(".queued .said").nth(row).boundingBox();
      assert(box);
      const at = { x: Math.round(box.x + 120), y: Math.round(box.y + box.height / 2) };
      await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
      for (let step = 1; step <= 6; step++) {
        const x = at.x + (byPx * step) / 6;
        await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y: at.y }] });
      }
      await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await page.locator(".held").scrollIntoViewIfNeeded();
    await swipe(0, 40);
    assert.equal((await queue(page)).length, 3, "too short");
    await swipe(0, 150);
    await untilQueued("乙", "丁");
    await untilSaid("甲 加我好友 进群 加扣扣");
    await swipe(0, -110);
    await untilQueued("丁");
  });

  it("tells who looks at what, and who decided what", async () => {
    await page.click("button:has-text('允许另一台设备加入')");
    await page.waitForSelector(".digits");
    const pin = (await page.innerText(".digits")).replaceAll(" ", "");
    const second = await browser.newContext({ locale: "en" });
    const other = await second.newPage();
    await other.goto(address());
    await other.fill("input[name=pin]", pin);
    await other.keyboard.press("Enter");
    await other.waitForSelector(".queued");
    await page.locator(".queued").first().focus();
    await other.waitForSelector(".queued .claimed");
    assert.match(await other.innerText(".claimed"), /looked at by Chrome · Linux #[0-9a-f]{4}/);
    await other.click(".queued button:has-text('Drop')");
    await other.waitForFunction(() => document.body.innerText.includes("Somebody else is looking"));
    await page.keyboard.press("x");
    await page.waitForFunction(() => document.querySelectorAll(".queued").length === 0);
    await other.click(".moderation summary:has-text('Who decided what')");
    await other.waitForFunction(() => document.querySelectorAll(".log li").length >= 6);
    const log = await other.innerText(".log");
    assert.match(log, /Undo Block the author/);
    assert(!log.includes("加扣扣") && !log.includes("观众"), log);
    await second.close();
  });

  it("shows what is about to fly with its countdown, and drops it", async () => {
    await page.fill("input[name=safetyS]", "10");
    await page.press("input[name=safetyS]", "Tab");
    await page.waitForSelector(".coming");
    await box.say({ text: "再等一下", author: "观众己" });
    await page.waitForFunction(() =>
      document.querySelector(".coming .said")?.textContent?.includes("再等一下"),
    );
    assert.match(await page.innerText(".coming .seconds"), /^(10|[5-9])$/);
    await checkLooks(page, "coming");
    await page.click(".coming button:has-text('丢弃')");
    await page.waitForFunction(() => !document.querySelector(".coming .said"));
    await page.fill("input[name=safetyS]", "0");
    await page.press("input[name=safetyS]", "Tab");
    await page.waitForFunction(() => !document.querySelector(".coming"));
    await box.say({ text: "马上就飞", author: "观众庚" });
    await untilSaid("马上就飞");
    assert(!(await page.innerText(".comments")).includes("再等一下"));
  });

  it("covers all with one key wherever the focus is, and says so", async () => {
    await page.locator("input[name=slowS]").focus();
    await page.keyboard.press("F9");
    await page.waitForSelector(".panic.on");
    await page.waitForFunction(() => document.body.innerText.includes("画面已遮挡"));
    await box.say({ text: "遮着呢", author: "观众辛" });
    await untilQueued("遮着呢");
    assert.match((await queue(page))[0] ?? "", /遮挡期间/);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const button = await page.locator(".panic").boundingBox();
    assert(button && button.y >= 0 && button.y < 100, "always in reach");
    await checkLooks(page, "panic");
    await page.click(".panic");
    await page.waitForFunction(() => !document.querySelector(".panic.on"));
  });
});
