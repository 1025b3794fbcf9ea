import { type Browser, chromium, type Page } from "playwright-core";
import type { BoxHarness } from "../system/box-harness.ts";

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });

interface OperatorPage {
  /** Selector of what has to be there. */
  readonly ready: string;
  /** Takes the messages of what the page throws. */
  readonly faults: string[];
  /** Sees the page before it is loaded. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** The page of a new box as its first operator has it; it says yes to whatever it is asked. */
export async function openOperatorPage(
  browser: Browser,
  box: BoxHarness,
  { ready, faults, prepare }: OperatorPage,
): Promise<Page> {
  const page = await (await browser.newContext({ locale: "zh-CN" })).newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("dialog", (dialog) => void dialog.accept());
  await prepare?.(page);
  await page.goto(`http://127.0.0.1:${box.webPort}/`);
  await page.fill("input[name=pin]", await box.pin());
  await page.keyboard.press("Enter");
  await page.waitForSelector(ready);
  return page;
}
