// libwebrtc's congestion control (GCC) as a peer: `send KBPS` or `receive`, each a process of its own in a namespace.
// The other end's description comes on stdin, its own goes to stdout, each a line of JSON; the receiver then answers
// each further line with its figures.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

/** What is used here of @roamhq/wrtc, whose own types want a browser's. */
interface Description {
  readonly type: string;
  sdp: string;
}
interface Stat {
  readonly type: string;
  readonly kind?: string;
  readonly nominated?: boolean;
  readonly bytesReceived?: number;
  readonly framesDecoded?: number;
  readonly currentRoundTripTime?: number;
}
interface Connection extends EventTarget {
  readonly iceGatheringState: string;
  readonly localDescription: Description;
  addTrack(track: object): void;
  createOffer(): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getStats(): Promise<Map<string, Stat>>;
}
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
interface Wrtc {
  readonly RTCPeerConnection: new () => Connection;
  readonly nonstandard: {
    readonly RTCVideoSource: new () => { createTrack(): object; onFrame(frame: Frame): void };
  };
}

const WIDTH = 640;
const HEIGHT = 360;
const [what, kbps] = process.argv.slice(2);
const { RTCPeerConnection, nonstandard } = createRequire(import.meta.url)("@roamhq/wrtc") as Wrtc;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const heard = async () => JSON.parse((await lines.next()).value ?? "null") as Description | null;

const connection = new RTCPeerConnection();

async function describe(description: Description): Promise<void> {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== "complete") {
    await new Promise((resolve) =>
      connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
    );
  }
  say(connection.localDescription);
}

/** Mild noise in blocks that changes each time: bits for the encoder, but no more than it can save on. */
function pictures(): Frame[] {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 27;
  };
  return Array.from({ length: 15 }, () => {
    const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
    for (let y = 0; y < HEIGHT; y += 2) {
      for (let x = 0; x < WIDTH; x += 2) {
        const value = 112 + random();
        data.fill(value, y * WIDTH + x, y * WIDTH + x + 2);
        data.fill(value, (y + 1) * WIDTH + x, (y + 1) * WIDTH + x + 2);
      }
    }
    return { width: WIDTH, height: HEIGHT, data };
  });
}

async function send(): Promise<void> {
  const source = new nonstandard.RTCVideoSource();
  connection.addTrack(source.createTrack());
  await describe(await connection.createOffer());
  const answer = await heard();
  if (answer === null) return;
  // Without it libwebrtc takes no more than 1.7 Mbps for a picture of this size.
  answer.sdp = answer.sdp.replace(
    /(a=rtpmap:(\d+) VP8\/90000\r\n)/g,
    `$1a=fmtp:$2 x-google-max-bitrate=${kbps}\r\n`,
  );
  await connection.setRemoteDescription(answer);
  const frames = pictures();
  let next = 0;
  setInterval(() => source.onFrame(frames[next++ % frames.length]!), 1_000 / 30);
  await heard();
}

async function receive(): Promise<void> {
  const offer = await heard();
  if (offer === null) return;
  await connection.setRemoteDescription(offer);
  await describe(await connection.createAnswer());
  while ((await heard()) !== null) {
    const stats = [...(await connection.getStats()).values()];
    const inbound = stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
    const pair = stats.find(({ type, nominated }) => type === "candidate-pair" && nominated);
    say({
      bytes: inbound?.bytesReceived ?? 0,
      frames: inbound?.framesDecoded ?? 0,
      rttMs: (pair?.currentRoundTripTime ?? 0) * 1e3,
    });
  }
}

await (what === "send" ? send() : receive());
process.exit();
