import type { RoomConfig } from "../box/config.ts";
import { BilibiliRoom } from "./bilibili/room.ts";
import type { RoomAdapter } from "./room.ts";

/** Every platform. A new one is a folder and a line here. */
const platforms: { readonly [Platform in RoomConfig["platform"]]: (config: RoomConfig) => RoomAdapter } = {
  bilibili: (config) => new BilibiliRoom(config),
};

export function openRoom(config: RoomConfig): RoomAdapter {
  return platforms[config.platform](config);
}
