import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../../rpc/proto.ts";
import { report, start } from "../children.ts";
import { TemporaryBox } from "../temporary-box.ts";
import { frameCode, percentiles, type SenderReport } from "./messages.ts";
import { clockOffset, type Shown, watchVideo } from "./presented.ts";

const WEB_PORT = 18_081;
const RTP_PORT = 15_014;
const SECONDS = 30;
const WARM_FRAMES = 60;

/** From a raw picture to the frame that Chromium presents on the page; all of it on this machine. */
export async function benchViewer(): Promise<object> {
  const { chromium } = await import("playwright-core");
  const box = await TemporaryBox.start({
    web: { host: "127.0.0.1", port: WEB_PORT },
    sources: [{ kind: "rtp", listen: `127.0.0.1:${RTP_PORT}` }],
  });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    await box.processes();
    const { pin } = await box.client("control", "feimu.v1.Control").unary("offerPin", {});
    const sender = await start(new URL("sender.ts", import.meta.url), [
      "127.0.0.1",
      RTP_PORT,
      1280,
      720,
      30_000 / 1_001,
      4_000,
    ]);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${WEB_PORT}/`);
    await page.fill("input[name=pin]", pin);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await page.evaluate(watchVideo, frameCode);
    await delay(SECONDS * 1_000);
    const offset = await clockOffset(() => page.evaluate(() => performance.now()));
    const shown = await page.evaluate(() => (globalThis as unknown as { shown: Shown[] }).shown);
    let status: Message;
    for await (status of box
      .client("media", "feimu.v1.Media")
      .stream("watchStatus", {}, AbortSignal.timeout(3_000)))
      break;
    const captured = new Map(
      (await report<SenderReport>(sender)).map((one) => [one.frame, one.captureUs / 1000]),
    );
    const latencies = shown
      .slice(WARM_FRAMES)
      .filter(({ frame }) => captured.has(frame))
      .map(({ frame, atMs }) => atMs - offset - captured.get(frame)!);
    const { p50: p50Ms, p95: p95Ms } = percentiles(latencies);
    return {
      p50Ms,
      p95Ms,
      framesASecond: Number((shown.length / SECONDS).toFixed(1)),
      javaScriptHopP95Ms: status?.viewerHopP95Ms,
    };
  } finally {
    await browser.close();
    await box.stop();
  }
}
