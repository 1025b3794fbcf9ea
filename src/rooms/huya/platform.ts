import { type Platform, usualTolerance } from "../platform.ts";

export const huya: Platform = {
  words: { en: "Huya", zh: "虎牙" },
  id: { pattern: /^[\w-]{1,64}$/, expected: "the number or name in the room's address" },
  transports: ["websocket"],
  endpoints: ["web", "socket"],
  tolerance: usualTolerance,
  credentials: {},
  idIn({ hostname, pathname }) {
    if (!/^(?:www\.|m\.)?huya\.com$/.test(hostname)) return undefined;
    return /^\/([\w-]{1,64})\/?$/.exec(pathname)?.[1];
  },
  async open(config) {
    const { HuyaRoom } = await import("./room.ts");
    return new HuyaRoom(config);
  },
};
