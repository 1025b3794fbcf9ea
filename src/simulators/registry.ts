import type { PlatformName } from "../rooms/registry.ts";
import { BilibiliRoomSimulator } from "./bilibili/room.ts";
import { BilibiliOpenRoomSimulator } from "./bilibili-open/room.ts";
import { CustomRoomSimulator } from "./custom/room.ts";
import { DouyinRoomSimulator } from "./douyin/room.ts";
import { DouyuRoomSimulator } from "./douyu/room.ts";
import { HuyaRoomSimulator } from "./huya/room.ts";
import { KuaishouRoomSimulator } from "./kuaishou/room.ts";
import type { RoomSimulator } from "./room-simulator.ts";

export type SimulatedName = Exclude<PlatformName, "venue">;

/** A simulated room of each platform that rooms are fetched from. */
export const simulators: Readonly<Record<SimulatedName, (room: string) => RoomSimulator>> = {
  bilibili: (room) => new BilibiliRoomSimulator(room),
  "bilibili-open": (room) => new BilibiliOpenRoomSimulator(room),
  custom: () => new CustomRoomSimulator(),
  douyin: (room) => new DouyinRoomSimulator(room),
  douyu: (room) => new DouyuRoomSimulator(room),
  huya: (room) => new HuyaRoomSimulator(room),
  kuaishou: (room) => new KuaishouRoomSimulator(room),
};

const at = (port: number) => `http://127.0.0.1:${port}`;
/** How the configuration names a simulated room: what a user would enter, and where the simulator listens. */
export const simulatedRooms: Record<SimulatedName, (simulator: RoomSimulator, transport: string) => object> =
  {
    bilibili: ({ port }) => ({ id: "21452505", endpoints: { api: at(port), live: at(port) } }),
    "bilibili-open": ({ port }) => ({
      id: "mine",
      endpoints: { api: at(port) },
      credentials: { code: "CODE", appId: "1", accessKeyId: "k", accessKeySecret: "s" },
    }),
    custom: ({ port }) => ({
      id: "21452505",
      endpoints: { feed: `ws://127.0.0.1:${port}/` },
    }),
    douyin: (simulator) => ({
      id: "21452505",
      credentials: { socket: `ws://127.0.0.1:${simulator.port}${(simulator as DouyinRoomSimulator).path}` },
    }),
    douyu: ({ port, tcpPort }, transport) => ({
      id: "feimu",
      endpoints: {
        web: at(port),
        mobile: at(port),
        gifts: at(port),
        danmaku: at(transport === "tcp" ? tcpPort : port),
      },
    }),
    huya: ({ port }) => ({ id: "feimu", endpoints: { web: at(port), socket: at(port) } }),
    kuaishou: ({ port }) => ({
      id: "21452505",
      endpoints: { web: at(port) },
      credentials: { cookie: "did=web_1" },
    }),
  };
