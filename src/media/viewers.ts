import { PeerConnection, type Track, Video } from "node-datachannel";
import type { Logger } from "pino";
import type { FailureCode } from "../catalogue/failures.ts";
import type { Message } from "../rpc/proto.ts";
import type { NativeMedia, ViewerPackets } from "./addon.ts";
import { Mailbox } from "./mailbox.ts";

export const payloadType = 102;
const rtxPayloadType = 103;
export const ssrc = 0x6665_6d76;
const rtxSsrc = 0x6665_6d77;
export const playoutDelayId = 5;
const transportSequenceId = 3;
const transportSequence = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const kbps = 8_000;
/** More viewers than this are refused: the box also has a display to serve. */
export const maxViewers = 16;

/** What serves viewers of the native part. */
export type ViewerMedia = Pick<
  NativeMedia,
  "startViewers" | "stopViewers" | "addViewer" | "removeViewer" | "viewerRtcp"
>;

/**
 * Browsers that look at the stage over WebRTC. One encoder serves all of them, and works only while there is one.
 * Host candidates only: a viewer is on the same network.
 */
export class Viewers {
  readonly #media: ViewerMedia;
  readonly #log: Logger;
  readonly #fps: () => number;
  readonly #open = new Map<number, Track>();
  #count = 0;
  #last = 0;

  constructor(media: ViewerMedia, log: Logger, fps: () => number) {
    this.#media = media;
    this.#log = log;
    this.#fps = fps;
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * One viewer for as long as its call lasts: gives the offer and candidates, takes the answer and candidates.
   * Or gives one message of type "refused" that says why.
   */
  async *view(requests: AsyncIterable<Message>, signal: AbortSignal): AsyncGenerator<Message> {
    if (this.#count >= maxViewers) {
      const failure: FailureCode = "VIEWERS_FULL";
      yield { type: "refused", failure };
      return;
    }
    this.#count++;
    const viewer = ++this.#last;
    const outgoing = new Mailbox<Message>();
    const peer = new PeerConnection("viewer", { iceServers: [] });
    let track: Track | undefined;
    let left = false;
    try {
      peer.onLocalDescription((sdp, type) => outgoing.push({ type, sdp }));
      peer.onLocalCandidate((candidate, mid) => outgoing.push({ type: "candidate", candidate, mid }));
      peer.onStateChange((state) => {
        if (["closed", "failed", "disconnected"].includes(state)) outgoing.close();
      });
      const opening = peer.addTrack(describeVideo());
      track = opening;
      // It may have been waiting for this thread while the viewer left: nobody would remove it then.
      track.onOpen(() => left || this.#join(viewer, opening));
      // Without it `close` lets go of callbacks that its own thread is about to call.
      track.onClosed(() => {});
      track.onMessage((rtcp) => this.#media.viewerRtcp(viewer, rtcp));
      peer.setLocalDescription("offer");
      this.#listen(peer, requests, outgoing);
      yield* outgoing.read(signal);
    } finally {
      left = true;
      this.#count--;
      this.#leave(viewer);
      // The peer closes its track, but keeps the callbacks above, and they keep the track.
      track?.close();
      peer.close();
    }
  }

  async #listen(peer: PeerConnection, requests: AsyncIterable<Message>, outgoing: Mailbox<Message>) {
    try {
      for await (const signal of requests) {
        if (signal.type === "answer") peer.setRemoteDescription(signal.sdp ?? "", "answer");
        // An empty candidate means the end of them (RFC 8838 §14).
        else if (signal.type === "candidate" && signal.candidate) {
          peer.addRemoteCandidate(signal.candidate, signal.mid ?? "0");
        }
      }
    } catch (error) {
      this.#log.warn({ err: error }, "viewer refused: wrong signalling");
    } finally {
      outgoing.close();
    }
  }

  #join(viewer: number, track: Track) {
    if (this.#open.size === 0) {
      const ids = { payloadType, rtxPayloadType, ssrc, rtxSsrc, playoutDelayId, transportSequenceId };
      this.#media.startViewers({ kbps, fps: this.#fps(), ...ids }, (batch) => this.#send(batch));
    }
    this.#open.set(viewer, track);
    this.#media.addViewer(viewer);
  }

  #leave(viewer: number) {
    if (!this.#open.delete(viewer)) return;
    this.#media.removeViewer(viewer);
    if (this.#open.size === 0) this.#media.stopViewers();
  }

  #send({ viewer, packets }: ViewerPackets) {
    const track = this.#open.get(viewer);
    if (!track?.isOpen()) return;
    try {
      // What the transport does not take is lost like on the way: the browser asks for it.
      for (const packet of packets) track.sendMessageBinary(packet);
    } catch {
      // Closed by its own thread a moment ago; its call ends by itself.
    }
  }
}

/** Constrained baseline, packetization mode 1, playout delay 0: what every browser takes and shows at once. */
export function describeVideo(): Video {
  const video = new Video("0", "SendOnly");
  video.addH264Codec(payloadType, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
  video.addRTXCodec(rtxPayloadType, payloadType, 90_000);
  video.parseSdpLine(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`);
  video.addSSRC(ssrc, "feimu", "feimu", "stage");
  video.addSSRC(rtxSsrc, "feimu", "feimu", "stage");
  video.parseSdpLine(`a=rtcp-fb:${payloadType} transport-cc`);
  video.parseSdpLine(`a=extmap:${transportSequenceId} ${transportSequence}`);
  video.parseSdpLine(`a=extmap:${playoutDelayId} http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`);
  return video;
}
