import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Browser, Page, WebSocketRoute } from "playwright-core";
import { GAP_MS } from "../../src/web/ui/link-history.ts";
import { BoxHarness, freePort } from "../system/box-harness.ts";
import { checkLooks } from "./looks.ts";
import { launchChromium, openOperatorPage } from "./operator-page.ts";

/** A box whose stage goes over a link to a source of its own: both ends stand on one page. */
describe("links on the page", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  let browser: Browser;
  let page: Page;
  let port = 0;
  const faults: string[] = [];
  /** Nothing goes through the page's socket. */
  let away = false;
  let socket: WebSocketRoute | undefined;

  before(async () => {
    port = await freePort();
    await box.start({
      rooms: [],
      sources: [
        { kind: "test-pattern", width: 640, height: 360, fps: 30 },
        { kind: "rtp", listen: `127.0.0.1:${port}` },
      ],
    });
    browser = await launchChromium();
    page = await openOperatorPage(browser, box, {
      ready: ".links",
      faults,
      prepare: (fresh) =>
        fresh.routeWebSocket("**/api/live", async (opened) => {
          if (away) return opened.close();
          socket = opened;
          opened.connectToServer();
        }),
    });
  });
  after(async () => {
    await browser?.close();
    await box.stop();
    assert.deepEqual(faults, []);
  });

  const shows = (text: string) =>
    page.waitForFunction((words) => document.querySelector(".links")?.textContent?.includes(words), text);
  const adding = () => page.locator(".links > details");
  const sending = () => page.locator(".links li", { hasText: "发往" });
  const receiving = () => page.locator(".links li", { hasText: "监听" });
  /** Pieces of the line of the rate that was sent. */
  const pieces = async () =>
    ((await sending().locator(".kbps .line").getAttribute("d")) ?? "").split("M").length - 1;
  let forOther = "";

  it("says what is wrong at the field that it is about", async () => {
    await adding().locator("summary").click();
    const says = (text: string) =>
      page.waitForFunction(
        (words) => document.querySelector("#sink-new-to-error")?.textContent?.includes(words),
        text,
      );
    await adding().locator("input[name=to]").fill("box2.local:5004");
    await adding().locator("button[type=submit]").click();
    await page.waitForSelector("input[name=to][aria-invalid=true]");
    await says("不支持主机名");
    await adding().locator("input[name=to]").fill("192.168.1.30");
    await adding().locator("button[type=submit]").click();
    await says("缺少端口");
    await adding().locator("input[name=to]").fill("203.0.113.7:5004");
    await adding().locator("input[name=oneWay]").check();
    await shows("无论网络能否承载");
    await adding().locator("button[type=submit]").click();
    await says("仅限专用网络地址");
    await adding().locator("input[name=keys]").fill("one");
    await shows("应为以逗号分隔的两个密钥");
    await adding().locator("button[type=submit]").click();
    assert.equal(await page.locator("input[name=keys]:invalid").count(), 1, "not saved without its keys");
    await checkLooks(page);
    await adding().locator("input[name=oneWay]").uncheck();
    await adding().locator("input[name=keys]").fill("");
  });

  it("adds a link with keys that it makes, shows those of the other end once, and never again", async () => {
    await adding().locator("input[name=to]").fill(`127.0.0.1:${port}`);
    await adding().locator("input[name=kbps]").fill("3000");
    await adding().locator("button:has-text('生成一对密钥')").click();
    forOther = await adding().locator("input[name=keysForOther]").inputValue();
    assert.match(forOther, /^[\w+/]{38}==,[\w+/]{38}==$/);
    await adding().locator("button[type=submit]").click();
    await sending().waitFor();
    await shows("等待对端应答");
    await page.waitForFunction(() => document.querySelector("input[name=keysForOther]") === null);
    const [receive, send] = forOther.split(",");
    await box.untilConfig(({ sinks }) => sinks[0]?.kbps === 3_000 && sinks[0].keys?.send === send);
    for (const key of [send, receive] as string[]) {
      assert.equal((await page.content()).includes(key), false);
      assert.equal(readFileSync(box.configFile, "utf8").includes(key), false);
    }
    await adding().locator("input[name=to]").fill(`127.0.0.1:${port}`);
    await adding().locator("button[type=submit]").click();
    await shows("画面已在发送到该地址");
    await adding().locator("summary").click();
  });

  it("shows both ends live once the source has the keys too", async () => {
    await receiving().locator("summary").click();
    await receiving().locator("input[name=keys]").fill(forOther);
    await receiving().locator("button[type=submit]").click();
    await box.untilConfig(({ sources }) => sources[1]?.kind === "rtp" && sources[1].keys !== undefined);
    await sending().locator(".light.live").waitFor();
    await receiving().locator(".light.live").waitFor();
    await page.waitForFunction(() => document.querySelectorAll(".links figure").length === 2);
    await shows("已设置密钥，不会再次显示");
    await receiving().locator("summary").click();
    await page.waitForFunction(() => {
      const told = [...document.querySelectorAll(".links figure")].map((figure) => figure.ariaLabel ?? "");
      return told[0]?.includes("速率, 目标: 现在") && told[1]?.includes("丢包, 丢失: 现在");
    });
    // The sender until the other end, the receiver to the picture: both clocks are one here.
    assert.match((await sending().locator(".stages").textContent()) ?? "", /编码.*发送.*传输/);
    assert.match((await receiving().locator(".stages").textContent()) ?? "", /编码、发送与传输.*组帧.*解码/);
    await page.waitForFunction(() => document.querySelectorAll(".links rect[class^=state-]").length >= 2);
    await checkLooks(page);
    const folder = process.env.FEIMU_SCREENSHOTS;
    if (folder) await page.locator(".links").screenshot({ path: `${folder}/links.png` });
  });

  it("changes its rate, and the target follows", async () => {
    await sending().locator("summary").click();
    await sending().locator("input[name=kbps]").fill("500");
    await sending().locator("button[type=submit]").click();
    await box.untilConfig(({ sinks }) => sinks[0]?.kbps === 500 && sinks[0].keys !== undefined);
    await box.until("media", "feimu.v1.Media", "watchStatus", ({ links }) =>
      links.some(({ role, targetKbps }: { role: string; targetKbps: number }) => {
        return role === "send" && targetKbps > 0 && targetKbps <= 500;
      }),
    );
    await page.waitForFunction(() => {
      const figures = document.querySelector(".links .figures")?.textContent ?? "";
      return /上限500 kbit\/s/.test(figures);
    });
  });

  it("draws once a second while it is seen, and nothing while it is not", async () => {
    const counted = (ticks: number) =>
      page.evaluate(async (wanted) => {
        let drawn = 0;
        let told = 0;
        const within = (changes: MutationRecord[], selector: string) =>
          changes.filter(({ target }) =>
            (target instanceof Element ? target : target.parentElement)?.closest(selector),
          );
        // Of the whole page: a link that is away for a moment comes back as another element.
        await new Promise<void>((resolve) => {
          const observer = new MutationObserver((changes) => {
            drawn += within(changes, ".links figure").length;
            const figures = within(changes, ".links .figures");
            if (!figures.some(({ type }) => type === "characterData") || ++told < wanted) return;
            observer.disconnect();
            resolve();
          });
          observer.observe(document.body, {
            subtree: true,
            childList: true,
            attributes: true,
            characterData: true,
          });
        });
        return drawn;
      }, ticks);
    await page.locator(".links figure").first().scrollIntoViewIfNeeded();
    assert((await counted(6)) > 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForFunction(
      () => document.querySelector(".links figure")!.getBoundingClientRect().top > innerHeight,
    );
    await counted(1);
    assert.equal(await counted(6), 0);
    await page.locator(".links figure").first().scrollIntoViewIfNeeded();
  });

  it("keeps its history when the socket of the page was away, with a gap for that time", async () => {
    await page.waitForFunction(
      () => (document.querySelector(".kbps .line")?.getAttribute("d")?.length ?? 0) > 20,
    );
    const before = await pieces();
    away = true;
    await socket?.close();
    await page.waitForSelector(".banner");
    const sinceMs = await page.evaluate(() => performance.now());
    await page.waitForFunction((until) => performance.now() > until, sinceMs + GAP_MS);
    away = false;
    await page.waitForSelector(".banner", { state: "detached" });
    await page.waitForFunction(
      (pieces) =>
        (document.querySelector(".kbps .line")?.getAttribute("d") ?? "").split("M").length - 1 > pieces,
      before,
    );
  });

  it("shows nothing old as now while the process of links hangs, and goes on with it", async () => {
    const figure = sending().locator("figure");
    const told = async () => (await figure.getAttribute("aria-label")) ?? "";
    const rate = () => sending().locator(".kbps .line").getAttribute("d");
    await figure.scrollIntoViewIfNeeded();
    await sending().locator(".light.live").waitFor();
    const before = await pieces();
    const media = await box.pidOf("media");
    process.kill(media, "SIGSTOP");
    try {
      await sending().locator(".light.idle").waitFor();
      await receiving().locator(".light.idle").waitFor();
      assert.equal(await sending().locator(".figures").count(), 0);
      assert.match((await page.textContent(".sources")) ?? "", /暂时无法获知状态/);
      const folder = process.env.FEIMU_SCREENSHOTS;
      if (folder) {
        for (const part of ["links", "sources"]) {
          await page.locator(`.${part}`).screenshot({ path: `${folder}/away-${part}.png` });
        }
        await figure.scrollIntoViewIfNeeded();
      }
      await page.waitForFunction(() => !document.querySelector(".links figure")?.ariaLabel?.includes("现在"));
      assert.match(await told(), /速率, 实际: 最低/);
      const place = await figure.boundingBox();
      assert((place?.x ?? 0) > 400, `beside the figures, which are not there now: ${place?.x}`);
      // The line moves on to the left, without anything new.
      const [line, count] = [await rate(), await pieces()];
      await page.waitForFunction(
        (was) => document.querySelector(".kbps .line")?.getAttribute("d") !== was,
        line,
      );
      assert.equal(await pieces(), count);
      // A page that comes meanwhile is told how it was, which is no value of now.
      away = true;
      await socket?.close();
      await page.waitForSelector(".banner");
      away = false;
      await page.waitForSelector(".banner", { state: "detached" });
      assert.equal(await pieces(), count);
    } finally {
      process.kill(media, "SIGCONT");
    }
    await sending().locator(".light.live").waitFor();
    await page.waitForFunction(
      (pieces) =>
        (document.querySelector(".kbps .line")?.getAttribute("d") ?? "").split("M").length - 1 > pieces,
      before,
    );
  });

  it("has no figures of the display while the stage hangs", async () => {
    const figures = page.getByText("次丢帧");
    await figures.waitFor();
    const stage = await box.pidOf("stage");
    process.kill(stage, "SIGSTOP");
    try {
      await figures.waitFor({ state: "detached" });
    } finally {
      process.kill(stage, "SIGCONT");
    }
    await figures.waitFor();
    assert.doesNotMatch((await page.textContent("main")) ?? "", /NaN|undefined/);
  });

  it("takes keys and links away when that is wanted", async () => {
    await receiving().locator("summary").click();
    await receiving().locator("button:has-text('移除密钥')").click();
    await box.untilConfig(({ sources }) => sources[1]?.kind === "rtp" && sources[1].keys === undefined);
    await page.click(`button[aria-label='移除 127.0.0.1:${port}']`);
    await box.untilConfig(({ sinks }) => sinks.length === 0);
    await sending().waitFor({ state: "detached" });
    await shows("画面未发送到其他设备");
  });
});
