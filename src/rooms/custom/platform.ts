import { type Platform, usualTolerance } from "../platform.ts";

/** The operator's own system, over whatever it speaks. */
export const custom: Platform = {
  words: { en: "Own system", zh: "自有系统" },
  id: {
    pattern: /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
    expected: "a name of your choice: letters, digits, - or _",
  },
  transports: ["webhook", "long-poll", "websocket", "mqtt", "grpc", "coap"],
  endpoints: ["feed"],
  schemes: {
    webhook: [],
    "long-poll": ["https:", "http:"],
    websocket: ["wss:", "ws:"],
    mqtt: ["mqtts:", "mqtt:"],
    grpc: ["grpcs:", "grpc:"],
    coap: ["coap:"],
  },
  named: true,
  own: true,
  tolerance: usualTolerance,
  credentials: {
    secret: {
      words: { en: "Secret of its signatures (webhook, CoAP)", zh: "签名密钥（Webhook、CoAP）" },
      required: false,
    },
    token: { words: { en: "Access token", zh: "访问令牌" }, required: false },
    username: { words: { en: "User name", zh: "用户名" }, required: false },
    password: { words: { en: "Password", zh: "密码" }, required: false },
  },
  idIn: () => undefined,
  async open(config) {
    const { CustomRoom } = await import("./room.ts");
    return new CustomRoom(config);
  },
};
