import { type Platform, usualTolerance } from "../platform.ts";

export const douyin: Platform = {
  words: { en: "Douyin", zh: "抖音" },
  id: { pattern: /^\w{1,32}$/, expected: "the number in the room's address" },
  transports: ["websocket"],
  endpoints: [],
  tolerance: usualTolerance,
  credentials: {
    socket: {
      words: { en: "Socket address of your browser", zh: "浏览器中的 WebSocket 地址" },
      required: true,
    },
    cookie: { words: { en: "Cookie of your browser", zh: "浏览器的 Cookie" }, required: false },
  },
  idIn({ hostname, pathname }) {
    if (hostname !== "live.douyin.com") return undefined;
    return /^\/(\w{1,32})\/?$/.exec(pathname)?.[1];
  },
  async open(config) {
    const { DouyinRoom } = await import("./room.ts");
    return new DouyinRoom(config);
  },
};
