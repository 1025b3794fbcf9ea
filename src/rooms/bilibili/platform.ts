import { type Platform, usualTolerance } from "../platform.ts";

export const bilibili: Platform = {
  words: { en: "Bilibili", zh: "哔哩哔哩" },
  id: { pattern: /^\d{1,20}$/, expected: "digits" },
  transports: ["websocket", "tcp"],
  endpoints: ["api", "live"],
  tolerance: usualTolerance,
  credentials: {
    cookie: {
      words: { en: "Cookie of a logged-in browser", zh: "已登录浏览器的 Cookie" },
      required: false,
    },
  },
  idIn({ hostname, pathname }) {
    if (!/^(?:live|m)\.bilibili\.com$/.test(hostname)) return undefined;
    return /^\/(?:blanc\/|h5\/)?(\d{1,20})(?:\/|$)/.exec(pathname)?.[1];
  },
  async open(config) {
    const { BilibiliRoom } = await import("./room.ts");
    return new BilibiliRoom(config);
  },
};
