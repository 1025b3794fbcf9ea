import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import type { Config } from "../../src/box/config.ts";
import { BoxHarness, freePort } from "../system/box-harness.ts";
import { checkLooks } from "./looks.ts";
import { launchChromium, openOperatorPage } from "./operator-page.ts";

/** A box as it comes from the image, without any source, whose page is all that there is to set it up. */
describe("sources on the page", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  let browser: Browser;
  let page: Page;
  let listen = "";
  const faults: string[] = [];

  before(async () => {
    listen = `0.0.0.0:${await freePort()}`;
    await box.start({ rooms: [], sources: [] });
    browser = await launchChromium();
    page = await openOperatorPage(browser, box, { ready: ".sources", faults });
  });
  after(async () => {
    await browser?.close();
    await box.stop();
    assert.deepEqual(faults, []);
  });

  const untilSource = (wanted: (source: Extract<Config["sources"][number], { kind: "rtp" }>) => boolean) =>
    box.untilConfig(({ sources: [source] }) => source?.kind === "rtp" && wanted(source));
  const sources = () => page.locator(".sources");
  const adding = () => page.locator(".sources > details");
  const receiving = () => page.locator(".links li", { hasText: "监听" });
  const shows = (words: string) => sources().getByText(words).waitFor();
  const screenshot = async (name: string) => {
    const folder = process.env.FEIMU_SCREENSHOTS;
    if (!folder) return;
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        for (const part of ["sources", "links"]) {
          await page
            .locator(`.${part}`)
            .screenshot({ path: `${folder}/${name}-${part}-${colorScheme}-${width}.png` });
        }
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };

  it("says what to do while there is none, and what is missing in a new one", async () => {
    await shows("请点击“接收另一台设备的画面”");
    await adding().locator("summary").click();
    assert.equal(await adding().locator("input[name=listen]").inputValue(), "0.0.0.0:5004");
    await screenshot("none");
    await adding().locator("input[name=listen]").fill(listen);
    await adding().locator("button[type=submit]").click();
    await shows("否则网络中的任何人都能发送画面");
    await adding().locator("input[name=allow]").fill("box2.local");
    await adding().locator("button[type=submit]").click();
    await shows("应为数字地址，不含端口");
    await checkLooks(page);
    await screenshot("wrong");
  });

  it("adds one for a box by its address, no second one there, and removes it", async () => {
    await adding().locator("input[name=allow]").fill("192.0.2.9");
    await adding().locator("button[type=submit]").click();
    await untilSource(({ listen: at, allow, keys }) => at === listen && allow?.[0] === "192.0.2.9" && !keys);
    await shows("等待信号");
    await adding().locator("input[name=listen]").fill(listen);
    await adding().locator("input[name=allow]").fill("192.0.2.9");
    await adding().locator("button[type=submit]").click();
    await adding().locator(".error", { hasText: "信号源" }).waitFor();
    await page.click(`button[aria-label="移除 RTP ${listen}"]`);
    await box.untilConfig((config) => config.sources.length === 0);
    await shows("尚无信号源");
  });

  it("adds one with keys that it makes, which the other box's link takes", async () => {
    await adding().locator("input[name=allow]").fill("");
    await adding().locator("button:has-text('生成一对密钥')").click();
    const forOther = await adding().locator("input[name=keysForOther]").inputValue();
    await screenshot("keys");
    await adding().locator("button[type=submit]").click();
    await untilSource(({ keys, allow }) => keys !== undefined && allow === undefined);
    await receiving().locator("summary").click();
    await receiving().getByText("目前没有允许无密钥发送的地址").waitFor();
    assert.equal(await receiving().locator("button", { hasText: "移除密钥" }).count(), 0);
    await checkLooks(page);
    await screenshot("keyed");
    // The box sends to itself: to the source it is another one.
    const sink = page.locator(".links > details");
    await sink.locator("summary").click();
    await sink.locator("input[name=to]").fill(listen.replace("0.0.0.0", "127.0.0.1"));
    await sink.locator("input[name=keys]").fill(forOther);
    await sink.locator("button[type=submit]").click();
    await receiving().locator(".light.live").waitFor();
  });

  it("lets keys give way to the address of who sends, as else everybody could", async () => {
    await receiving().locator("button", { hasText: "移除密钥并仅允许 127.0.0.1" }).waitFor();
    await checkLooks(page);
    await screenshot("sent");
    await receiving().locator("button", { hasText: "移除密钥并仅允许 127.0.0.1" }).click();
    await untilSource(({ keys, allow }) => keys === undefined && allow?.join() === "127.0.0.1");
    await receiving().getByText("未加密").waitFor();
    assert.equal(await receiving().locator(".error:not(:empty)").count(), 0);
  });
});
