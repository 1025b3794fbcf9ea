import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Rules of WCAG that are broken seriously on what the page shows now. */
async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axeFile, "utf8"));
  const results = await page.evaluate("axe.run()");
  return (results as { violations: { id: string; impact: string; nodes: { html: string }[] }[] }).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Light and dark, on a desk and on a phone: nothing is unreadable, nothing too wide. Keeps pictures of it under `name` where asked to. */
export async function checkLooks(page: Page, name?: string): Promise<void> {
  const folder = process.env.FEIMU_SCREENSHOTS;
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      assert.deepEqual(await seriousFaults(page), [], `${colorScheme}, ${width}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(overflow <= 0, `${overflow} px too wide at ${width}`);
      if (folder && name) await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
