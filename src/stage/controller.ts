import { openSync, readdirSync } from "node:fs";
import type { Logger } from "pino";
import { serviceManager } from "../host/service-manager.ts";

const NAME = "display";

/** Names of DRM nodes that have connectors, the one with the most first: `card1-HDMI-A-1` belongs to `card1`. */
export function controllersWithConnectors(entries: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const entry of entries) {
    const card = /^(card\d+)-(?!Writeback)/.exec(entry)?.[1];
    if (card) count.set(card, (count.get(card) ?? 0) + 1);
  }
  return [...count].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([card]) => card);
}

/**
 * A descriptor of the display controller. Kept by the service manager, so that the last frame stays lit when this
 * process dies: the next one gets the very same. Throws when this machine has no controller.
 */
export function openController(log: Logger): number {
  const manager = serviceManager();
  const kept = manager?.keptDescriptor(NAME);
  if (kept !== undefined) {
    log.info("taking over the display");
    return kept;
  }
  const [card] = controllersWithConnectors(readdirSync("/sys/class/drm"));
  if (!card)
    throw new Error(
      'no display controller in /sys/class/drm; "display": { "backend": "headless" } needs none',
    );
  const descriptor = openSync(`/dev/dri/${card}`, "r+");
  manager?.keepDescriptor(NAME, descriptor);
  return descriptor;
}
