import { type Platform, usualTolerance } from "../platform.ts";

export const douyu: Platform = {
  words: { en: "Douyu", zh: "斗鱼" },
  id: { pattern: /^\w{1,32}$/, expected: "the number or name in the room's address" },
  transports: ["websocket", "tcp"],
  endpoints: ["web", "mobile", "gifts", "danmaku"],
  tolerance: usualTolerance,
  credentials: {},
  idIn({ hostname, pathname, searchParams }) {
    if (!/^(?:www\.|m\.)?douyu\.com$/.test(hostname)) return undefined;
    const asked = searchParams.get("rid");
    if (asked && /^\d{1,20}$/.test(asked)) return asked;
    return /^\/(?:beta\/|room\/)?(\w{1,32})\/?$/.exec(pathname)?.[1];
  },
  async open(config) {
    const { DouyuRoom } = await import("./room.ts");
    return new DouyuRoom(config);
  },
};
