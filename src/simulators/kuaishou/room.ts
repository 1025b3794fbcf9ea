import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { encodePayload, formatFrame, Payload, readFrame } from "../../rooms/kuaishou/frames.ts";
import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const STREAM = "SimulatedStream";
const GIFTS: Readonly<Record<string, { readonly giftName: string }>> = {
  "1": { giftName: "荧光棒" },
  "2": { giftName: "小花花" },
};
/** A payload from here on is sent gzipped, as busy rooms' are. */
const GZIP_BYTES = 200;

const answerOf = (payloadType: number, payload: object) =>
  formatFrame(payloadType, encodePayload(payloadType, payload), 1);

/** A Kuaishou live room: the page with its state, the token for a cookie, protobuf over WebSocket. */
export class KuaishouRoomSimulator extends RoomSimulator {
  readonly #id: string;
  #token = "";
  /** What the next call for a token is answered with; 1 is all right. */
  readonly #results: number[] = [];
  #living = true;
  readonly #refuse = (result: number) => {
    this.#results.push(result);
    this.#token = "";
    this.dropAll();
  };
  protected override readonly ownMisbehaviours = {
    "too-fast": () => this.#refuse(2),
    captcha: () => this.#refuse(400_002),
    "off-air": () => {
      this.#living = false;
      this.#token = "";
      this.dropAll();
    },
    "on-air": () => {
      this.#living = true;
    },
    encrypted: () => this.broadcast(Buffer.from("08b60210031a0400010203", "hex")),
  };

  constructor(id: string) {
    super();
    this.#id = id;
  }

  #feedOf(sayings: readonly Saying[]): object {
    const feeds: Record<string, object[]> = { comments: [], likes: [], gifts: [], notices: [], shares: [] };
    for (const { kind, text = "", author = STRANGER, colour } of sayings) {
      const feed = {
        id: unique(),
        user: { id: `3x${uidOf(author)}`, name: author, avatar: "" },
        time: Date.now(),
      };
      if (kind === "gift") {
        const giftId = Object.entries(GIFTS).find(([, { giftName }]) => giftName === text)?.[0] ?? "2";
        feeds.gifts?.push({
          ...feed,
          giftId: Number(giftId),
          mergeKey: feed.id,
          batchSize: 1,
          comboCount: 1,
        });
      } else if (kind === "like") feeds.likes?.push(feed);
      else if (kind === "enter") feeds.notices?.push({ ...feed, content: "进入了直播间" });
      else {
        const hex = colour === undefined ? "" : `#${colour.toString(16).padStart(6, "0")}`;
        feeds.comments?.push({ ...feed, content: text, colour: hex, showType: 1 });
      }
    }
    return feeds;
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    return [this.packetOf(this.#feedOf(sayings))];
  }

  protected packetOf(push: object): Buffer {
    const payload = encodePayload(Payload.FEED_PUSH, push);
    if (payload.length < GZIP_BYTES) return formatFrame(Payload.FEED_PUSH, payload, 1);
    return formatFrame(Payload.FEED_PUSH, gzipSync(payload), 2);
  }

  protected garbage(): Buffer[] {
    return [
      Buffer.from("0000000508011a00", "hex"),
      Buffer.from("08b60210021a086e6f7420677a6970", "hex"),
      Buffer.from("08b60210011a062a041a02fffe", "hex"),
    ];
  }

  protected session(client: Client): (bytes: Buffer) => void {
    return (bytes) => {
      const { payloadType, payload } = readFrame(bytes);
      if (payloadType === Payload.ENTER_ROOM) {
        if (this.refusesAuth() || payload.token !== this.#token || payload.liveStreamId !== STREAM) {
          client.send(answerOf(Payload.ERROR, { code: 601, message: "token" }));
          return client.end();
        }
        client.send(answerOf(Payload.ENTER_ROOM_ACK, { heartbeatIntervalMs: 20_000 }));
        client.join();
      } else if (payloadType === Payload.USER_EXIT) {
        return client.end();
      } else if (payloadType === Payload.HEARTBEAT) {
        client.send(formatFrame(Payload.HEARTBEAT_ACK, encodePayload(Payload.HEARTBEAT, payload), 1));
      }
      client.keep();
    };
  }

  protected answer({ pathname, searchParams }: URL, request: IncomingMessage): HttpReply {
    const known = request.headers.cookie?.includes("did=") ?? false;
    switch (pathname) {
      case `/u/${this.#id}`: {
        const stream = this.#living ? { id: STREAM, caption: "飞幕演示直播间" } : {};
        const state = { liveroom: { playList: [{ isLiving: this.#living, liveStream: stream }] } };
        const script = JSON.stringify(state).replace("}]", ',"gameInfo":undefined}]');
        return `<script>window.__INITIAL_STATE__=${script};(function(){}())</script>`;
      }
      case "/live_api/liveroom/websocketinfo": {
        const result = this.#results.shift() ?? 1;
        if (result !== 1) return { data: { result } };
        if (!known || searchParams.get("liveStreamId") !== STREAM) return { data: { result: 400_002 } };
        this.#token ||= `token-${unique()}`;
        const websocketUrls = [`ws://${this.host}:${this.port}/websocket`];
        return { data: { result, token: this.#token, websocketUrls } };
      }
      case "/live_api/emoji/allgifts":
        return { data: GIFTS };
      default:
        return undefined;
    }
  }
}
