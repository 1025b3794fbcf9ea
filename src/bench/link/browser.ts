import { chmod, writeFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import type { Message } from "../../rpc/proto.ts";
import { frameCode } from "../glass/messages.ts";
import { clockOffset, type Shown, watchVideo } from "../glass/presented.ts";

/** What a browser says of the video it received (RTCInboundRtpStreamStats). */
export interface Received {
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly freezeCount: number;
  readonly packetsLost: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly retransmittedPacketsReceived: number;
  readonly bytesReceived: number;
  readonly jitterBufferMs: number;
  readonly decodeMs: number;
}

export interface Watched {
  /** Frames by their number and CLOCK_MONOTONIC, ms. */
  readonly shown: readonly Shown[];
  readonly received: Received;
}

type Signal = (signal: Message) => void;
interface PageGlobals {
  signalOut: Signal;
  signalIn: Signal;
  peer: RTCPeerConnection;
  shown: Shown[];
}

/** In the page: answers as the box's own page does. */
function answerOffers() {
  const globals = globalThis as unknown as PageGlobals;
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.width = 640;
  document.body.append(video);
  const peer = new RTCPeerConnection();
  globals.peer = peer;
  peer.ontrack = ({ receiver, track }) => {
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) {
      globals.signalOut({ type: "candidate", candidate: candidate.candidate, mid: candidate.sdpMid ?? "0" });
    }
  };
  // One after the other: a candidate may follow its offer at once.
  let before = Promise.resolve();
  globals.signalIn = (signal) => {
    before = before.then(async () => {
      if (signal.type === "candidate") {
        await peer.addIceCandidate({ candidate: signal.candidate, sdpMid: signal.mid });
        return;
      }
      await peer.setRemoteDescription({ type: "offer", sdp: signal.sdp });
      await peer.setLocalDescription(await peer.createAnswer());
      globals.signalOut({ type: "answer", sdp: peer.localDescription?.sdp });
    });
  };
}

async function receivedVideo(): Promise<Received | undefined> {
  const { peer } = globalThis as unknown as PageGlobals;
  for (const report of (await peer.getStats()).values()) {
    if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
    const ms = (seconds: number, count: number) => Number(((seconds * 1_000) / count).toFixed(2));
    return {
      framesDecoded: report.framesDecoded,
      framesDropped: report.framesDropped,
      freezeCount: report.freezeCount,
      packetsLost: report.packetsLost,
      nackCount: report.nackCount,
      pliCount: report.pliCount,
      retransmittedPacketsReceived: report.retransmittedPacketsReceived ?? 0,
      bytesReceived: report.bytesReceived,
      jitterBufferMs: ms(report.jitterBufferDelay, report.jitterBufferEmittedCount),
      decodeMs: ms(report.totalDecodeTime, report.framesDecoded),
    };
  }
  return undefined;
}

/** Chromium in a network namespace; it is signalled to over its debugging pipe, which the link does not carry. */
export class NamespaceBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(namespace: string, folder: string): Promise<NamespaceBrowser> {
    const { chromium } = await import("playwright-core");
    const program = `${folder}/chromium-${namespace}`;
    await writeFile(program, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
    await chmod(program, 0o755);
    return new NamespaceBrowser(
      await chromium.launch({
        executablePath: program,
        args: ["--no-sandbox", "--disable-gpu", "--disable-features=WebRtcHideLocalIpsWithMdns"],
      }),
    );
  }

  /** A page that takes what is offered; `end` tells what it saw and closes it. */
  async watch(signalOut: Signal): Promise<{ signalIn: Signal; end: () => Promise<Watched> }> {
    const page = await this.#browser.newPage();
    await page.exposeFunction("signalOut", signalOut);
    await page.evaluate(answerOffers);
    await page.evaluate(watchVideo, frameCode);
    const signalIn = (signal: Message) => {
      page.evaluate((one) => (globalThis as unknown as PageGlobals).signalIn(one), signal).catch(() => {});
    };
    const end = async () => {
      const offset = await clockOffset(() => page.evaluate(() => performance.now()));
      const shown = await page.evaluate(() => (globalThis as unknown as PageGlobals).shown);
      const received = await page.evaluate(receivedVideo);
      await page.close();
      if (!received) throw new Error("no video came to the browser");
      const ours = ({ frame, atMs, toldMs }: Shown) => ({
        frame,
        atMs: atMs - offset,
        toldMs: toldMs - offset,
      });
      return { shown: shown.map(ours), received };
    };
    return { signalIn, end };
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
