import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { PNG } from "pngjs";
import WebSocket from "ws";
import type { Message } from "../../src/rpc/proto.ts";
import { launchChromium } from "../web/operator-page.ts";
import { BoxHarness } from "./box-harness.ts";

const PHONES = 500;
const own =
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4")?.address ?? "127.0.0.1";

describe("the venue's own room", function () {
  this.timeout(120_000);
  const box = new BoxHarness();
  let browser: Browser;
  before(async () => {
    await box.start({
      web: { host: "0.0.0.0", port: await box.takeWebPort() },
      rooms: [{ platform: "venue", id: "hall" }],
      sources: [{ kind: "test-pattern", width: 640, height: 360, fps: 30 }],
      display: { width: 1280, height: 720, refreshHz: 30 },
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await box.stop();
  });

  /** The code on the stage, as a phone's camera reads it. */
  const readCode = async (wanted = (_text: string) => true): Promise<string> => {
    const file = join(box.folder, "stage.png");
    for (let tries = 0; tries < 60; tries++) {
      const shown = await box.snapshot();
      await writeFile(file, PNG.sync.write(shown));
      try {
        const text = execFileSync("zbarimg", ["--quiet", "--raw", "--nodbus", file], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        }).trim();
        if (wanted(text)) return text;
      } catch {
        // No code yet.
      }
      await delay(200);
    }
    throw new Error("no code was on the stage");
  };
  const phone = async (address: string): Promise<Page> => {
    const context = await browser.newContext({
      locale: "zh-CN",
      viewport: { width: 360, height: 640 },
      isMobile: true,
      hasTouch: true,
    });
    const page = await context.newPage();
    await page.goto(address);
    return page;
  };
  /** Resolves once a comment of this text flies. */
  const flying = async (text: string) => {
    for await (const comment of box
      .client("comments", "feimu.v1.Comments")
      .stream("subscribe", { backlog: 200 }, AbortSignal.timeout(10_000))) {
      if (comment.text !== text) continue;
      await box.until(
        "stage",
        "feimu.v1.Stage",
        "watchStatus",
        ({ commentsOnScreen }) => commentsOnScreen > 0,
        5_000,
      );
      return comment;
    }
    throw new Error(`${text} was never told`);
  };

  it("is joined with the code on the picture, and what a guest says flies within ten seconds", async () => {
    await box.until("stage", "feimu.v1.Stage", "watchStatus", ({ idle }) => !idle);
    const address = await readCode((text) => text.includes("/G/"));
    assert.match(address, new RegExp(`^HTTP://${own}:${box.webPort}/G/[2-9A-Z]{8}$`));
    const sinceMs = performance.now();
    const page = await phone(address);
    await page.fill("input[name=name]", "小明");
    await page.fill("input[name=text]", "现场的弹幕");
    await page.click("button[type=submit]");
    const comment = await flying("现场的弹幕");
    const tookMs = performance.now() - sinceMs;
    assert(tookMs < 10_000, `${tookMs} ms`);
    assert.equal(comment.author.name, "小明");
    await page.waitForFunction(() => document.querySelector("ol")?.textContent?.includes("现场的弹幕"));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(overflow <= 0, `${overflow} px too wide`);
    // Loaded again, it is still a guest.
    await page.reload();
    await page.waitForSelector("input[name=text]");
    await page.context().close();
  });

  it("tells who comes with an old code to scan anew", async () => {
    const page = await phone(`http://${own}:${box.webPort}/G/ABCDEFGH`);
    await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent?.includes("扫描"));
    await page.context().close();
  });

  it("takes 500 phones at once", async () => {
    const code = (await readCode((text) => text.includes("/G/"))).split("/").at(-1) ?? "";
    const base = `http://${own}:${box.webPort}`;
    const post = (path: string, body: object, cookie = "") =>
      fetch(base + path, {
        method: "POST",
        headers: { "content-type": "application/json", cookie },
        body: JSON.stringify(body),
      });
    const texts = new Set(Array.from({ length: PHONES }, (_, index) => `手机${index}`));
    const sockets: WebSocket[] = [];
    const heard = new Set<string>();
    await Promise.all(
      Array.from(texts, async (text) => {
        const entered = await post("/api/guest/enter", { code });
        assert.equal(entered.status, 200);
        const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
        const socket = new WebSocket(`${base.replace("http", "ws")}/api/guest/live`, {
          headers: { cookie },
          origin: base,
        });
        sockets.push(socket);
        socket.on("message", (data) => {
          for (const { text } of JSON.parse(String(data)).lines) heard.add(text);
        });
        await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
        assert.equal((await post("/api/guest/say", { text }, cookie)).status, 200);
      }),
    );
    const told = new Set<string>();
    for await (const comment of box
      .client("comments", "feimu.v1.Comments")
      .stream(
        "subscribe",
        { since: [{ platform: "venue", room: "hall", sequence: 0 }] },
        AbortSignal.timeout(15_000),
      )) {
      if (texts.has(comment.text)) told.add(comment.text);
      if (told.size === PHONES) break;
    }
    assert.equal(told.size, PHONES);
    while (heard.size < 50) await delay(50);
    for (const socket of sockets) socket.terminate();
    await box.until("box", "feimu.v1.Box", "watchProcesses", ({ processes }) =>
      processes.every(({ state, restarts }: Message) => state === "serving" && restarts === 0),
    );
  });

  it("shows what waits for approval only after the operator's word", async () => {
    const operator = await browser.newPage({ locale: "zh-CN" });
    await operator.goto(`http://${own}:${box.webPort}/`);
    await operator.fill("input[name=pin]", await box.pin());
    await operator.keyboard.press("Enter");
    await operator.click("input[name='approval hall']");
    await box.until("comments", "feimu.v1.Comments", "watchRooms", ({ rooms }) => rooms[0]?.approval);
    const page = await phone(await readCode((text) => text.includes("/G/")));
    for (const text of ["请审核我", "不要显示我"]) {
      await page.fill("input[name=text]", text);
      await page.click("button[type=submit]");
      await page.waitForFunction(() =>
        document.querySelector("[role=status]")?.textContent?.includes("审核"),
      );
    }
    await operator.waitForSelector(".held li:nth-child(2)");
    assert.doesNotMatch((await page.textContent("ol")) ?? "", /请审核我/);
    await operator.click(".held li:has-text('不要显示我') button.quiet");
    await operator.click(".held li:has-text('请审核我') button:not(.quiet)");
    await flying("请审核我");
    await page.waitForFunction(() => document.querySelector("ol")?.textContent?.includes("请审核我"));
    assert.doesNotMatch((await page.textContent("ol")) ?? "", /不要显示我/);
    await operator.waitForFunction(() => !document.querySelector(".held"));
    await page.context().close();
  });
});
