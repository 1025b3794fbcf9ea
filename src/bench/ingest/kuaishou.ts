import { gunzipSync, gzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { encodePayload, formatFrame, Payload, readFrame } from "../../rooms/kuaishou/frames.ts";
import { Combos, feedComments } from "../../rooms/kuaishou/messages.ts";
import { race, times } from "./race.ts";

const FRAMES = 1_500;
const A_FRAME = 6;

/** What a busy room pushes at once: comments, a gift now and then, gzipped. */
function makeFrames(): Buffer[] {
  return Array.from({ length: FRAMES }, (_, frame) => {
    const user = (serial: number) => ({
      id: `3x${serial % 997}abcdefghij`,
      name: `观众${serial % 997}`,
      avatar: "https://example.invalid/head.jpg",
    });
    const comments = Array.from({ length: A_FRAME }, (_, index) => {
      const serial = frame * A_FRAME + index;
      return {
        id: `comment-${serial}`,
        user: user(serial),
        content: `这个画面好清楚${serial}`,
        colour: "#FFFFFF",
        showType: 1,
        state: { assistantType: 0, fansGroup: { level: 3 } },
        time: 1_724_000_000_000 + serial,
      };
    });
    const gifts =
      frame % 4 === 0
        ? [
            {
              id: `gift-${frame}`,
              user: user(frame),
              giftId: 113,
              mergeKey: `m${frame}`,
              batchSize: 1,
              comboCount: 1,
            },
          ]
        : [];
    const payload = encodePayload(Payload.FEED_PUSH, { watchingCount: "1.2万", comments, gifts });
    return formatFrame(Payload.FEED_PUSH, gzipSync(payload), 2);
  });
}

function ours(frames: readonly Buffer[]): number {
  let comments = 0;
  let serial = 0;
  const context = {
    platform: "kuaishou",
    room: "me",
    receivedMs: Date.now(),
    gifts: new Map([["113", "棒棒糖"]]),
    combos: new Combos(),
    nextId: () => String(++serial),
  };
  for (const frame of frames) comments += feedComments(readFrame(frame).payload, context).length;
  return comments;
}

export async function benchKuaishou(): Promise<object> {
  const frames = makeFrames();
  const perFrame = ours(frames) / frames.length;
  // The same contract, in an object of its own: compiled readers are shared by nobody.
  const root = protobuf.loadSync(new URL("../../../proto/rooms/kuaishou.proto", import.meta.url).pathname);
  const socketMessage = root.lookupType("rooms.kuaishou.SocketMessage");
  const feedPush = root.lookupType("rooms.kuaishou.FeedPush");
  const { feimu, bare } = await race({
    feimu: () => ours(frames),
    bare: () => {
      let messages = 0;
      for (const frame of frames) {
        const { payload } = socketMessage.decode(frame) as unknown as { payload: Uint8Array };
        if (feedPush.decode(gunzipSync(payload))) messages += perFrame;
      }
      return messages;
    },
  });
  return { perSecond: feimu, peers: { "gunzip and protobufjs": bare }, vsPeer: times(feimu, bare) };
}
