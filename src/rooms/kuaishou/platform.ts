import { type Platform, usualTolerance } from "../platform.ts";

export const kuaishou: Platform = {
  words: { en: "Kuaishou", zh: "快手" },
  id: { pattern: /^[\w-]{1,64}$/, expected: "the name behind /u/ in the room's address" },
  transports: ["websocket"],
  endpoints: ["web"],
  tolerance: usualTolerance,
  credentials: {
    cookie: { words: { en: "Cookie of your browser", zh: "浏览器的 Cookie" }, required: false },
    token: { words: { en: "Token, instead of a cookie", zh: "Token（可代替 Cookie）" }, required: false },
    stream: {
      words: { en: "Live stream id, with a token", zh: "直播流 ID（与 Token 一起填写）" },
      required: false,
    },
    socket: {
      words: { en: "Socket address, with a token", zh: "连接地址（与 Token 一起填写）" },
      required: false,
    },
  },
  idIn({ hostname, pathname }) {
    if (!/^(?:live|www)\.kuaishou\.com$/.test(hostname)) return undefined;
    return /^\/(?:u|profile)\/([\w-]{1,64})\/?$/.exec(pathname)?.[1];
  },
  async open(config) {
    const { KuaishouRoom } = await import("./room.ts");
    return new KuaishouRoom(config);
  },
};
