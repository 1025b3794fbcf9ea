import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { launchChromium } from "../web/operator-page.ts";
import { answers, given, newDisk, page } from "./given.ts";
import { Machine, until } from "./machine.ts";
import { Stream } from "./stream.ts";

describe("the page of the image in a browser", function () {
  this.timeout(900_000);
  const { folder, tap } = given;
  const disk = join(folder, "browser.img");
  const stream = new Stream();
  let machine: Machine;
  let browser: Browser;
  after(async () => {
    await browser?.close();
    stream.stop();
    await machine?.cutPower();
  });

  it("lets the one in who reads the display, and shows what the display shows", async () => {
    newDisk(disk, "test box");
    machine = new Machine({ disk, folder, firmware: "uefi", tap });
    await machine.start();
    await until("the code on the display", async () => (await machine.code()) === page, 400_000);
    await until("the page answers", answers, 60_000);
    browser = await launchChromium();
    const tab = await (await browser.newContext({ locale: "zh-CN" })).newPage();
    tab.setDefaultTimeout(120_000);
    const faults: string[] = [];
    tab.on("pageerror", ({ message }) => faults.push(message));
    await tab.goto((await machine.code()) ?? "");
    await tab.fill("input[name=pin]", await machine.readPin());
    await tab.keyboard.press("Enter");
    await tab.waitForSelector("video");

    await stream.start(machine);
    await until(
      "a comment in the page's list",
      async () => {
        stream.say();
        await delay(1_000);
        return (await tab.locator(".said").count()) > 0;
      },
      240_000,
    );
    const frames = () =>
      tab.evaluate(() => document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
    const before = await frames();
    await until("the picture moves on the page", async () => (await frames()) > before + 10, 240_000);
    await tab.screenshot({ path: join(folder, "browser.png"), fullPage: true });
    assert.deepEqual(faults, []);
  });
});
