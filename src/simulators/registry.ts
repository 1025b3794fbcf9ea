import type { PlatformName } from "../rooms/registry.ts";
import { BilibiliRoomSimulator } from "./bilibili/room.ts";
import { BilibiliOpenRoomSimulator } from "./bilibili-open/room.ts";
import { CustomRoomSimulator } from "./custom/room.ts";
import { DouyinRoomSimulator } from "./douyin/room.ts";
import { DouyuRoomSimulator } from "./douyu/room.ts";
import { HuyaRoomSimulator } from "./huya/room.ts";
import { KuaishouRoomSimulator } from "./kuaishou/room.ts";
import type { RoomSimulator } from "./room-simulator.ts";

/** A simulated room of each platform that rooms are fetched from. */
export const simulators: Readonly<Record<Exclude<PlatformName, "venue">, (room: string) => RoomSimulator>> = {
  bilibili: (room) => new BilibiliRoomSimulator(room),
  "bilibili-open": (room) => new BilibiliOpenRoomSimulator(room),
  custom: () => new CustomRoomSimulator(),
  douyin: (room) => new DouyinRoomSimulator(room),
  douyu: (room) => new DouyuRoomSimulator(room),
  huya: (room) => new HuyaRoomSimulator(room),
  kuaishou: (room) => new KuaishouRoomSimulator(room),
};
