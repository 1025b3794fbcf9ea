import { type Platform, usualTolerance } from "../platform.ts";

export const bilibiliOpen: Platform = {
  words: { en: "Bilibili open platform", zh: "哔哩哔哩开放平台" },
  id: { pattern: /^[\w-]{1,64}$/, expected: "a name of your choice: letters, digits, - or _" },
  transports: ["websocket"],
  endpoints: ["api"],
  tolerance: usualTolerance,
  credentials: {
    code: { words: { en: "The streamer's identity code", zh: "主播身份码" }, required: true },
    appId: { words: { en: "App id", zh: "项目 ID" }, required: true },
    accessKeyId: { words: { en: "Access key id", zh: "access_key_id" }, required: true },
    accessKeySecret: { words: { en: "Access key secret", zh: "access_key_secret" }, required: true },
  },
  // Who streams is said by the identity code alone.
  idIn: () => undefined,
  async open(config) {
    const { BilibiliOpenRoom } = await import("./room.ts");
    return new BilibiliOpenRoom(config);
  },
};
