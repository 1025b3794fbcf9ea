import type { RoomConfig } from "../box/config.ts";
import type { Words } from "../catalogue/states.ts";
import { bilibili } from "./bilibili/platform.ts";
import { bilibiliOpen } from "./bilibili-open/platform.ts";
import { custom } from "./custom/platform.ts";
import { douyin } from "./douyin/platform.ts";
import { douyu } from "./douyu/platform.ts";
import { huya } from "./huya/platform.ts";
import { kuaishou } from "./kuaishou/platform.ts";
import type { Platform } from "./platform.ts";
import type { RoomAdapter } from "./room.ts";
import { venue } from "./venue/platform.ts";

/** Every platform. A new one is a folder and a line here. */
const all = {
  bilibili,
  "bilibili-open": bilibiliOpen,
  douyin,
  douyu,
  huya,
  kuaishou,
  custom,
  venue,
} as const satisfies Record<string, Platform>;

export type PlatformName = keyof typeof all;
export const platformNames = Object.keys(all) as PlatformName[];
export const platforms: Readonly<Record<PlatformName, Platform>> = all;

export const platformWords: Readonly<Record<string, Words>> = Object.fromEntries(
  platformNames.map((name) => [name, platforms[name].words]),
);

export const openRoom = (config: RoomConfig): Promise<RoomAdapter> => platforms[config.platform].open(config);

/** The room behind an address that a person copied. */
export function roomIn(text: string): { platform: PlatformName; id: string } | undefined {
  const address = URL.parse(text.trim()) ?? URL.parse(`https://${text.trim()}`);
  if (!address) return undefined;
  for (const platform of platformNames) {
    const id = platforms[platform].idIn(address);
    if (id !== undefined) return { platform, id };
  }
  return undefined;
}
