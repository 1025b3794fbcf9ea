import { PeerConnection, type Track, Video } from "node-datachannel";
import type { Logger } from "pino";
import type { Message } from "../rpc/proto.ts";
import type { NativeMedia } from "./addon.ts";
import { Mailbox } from "./mailbox.ts";

const payloadType = 102;
const ssrc = 0x6665_6d76;
const playoutDelayId = 5;
const kbps = 6_000;
/** More viewers than this are refused: the box also has a display to serve. */
const maxViewers = 16;

/**
 * Browsers that look at the stage over WebRTC. One encoder serves all of them, and works only while there is one.
 * Host candidates only: a viewer is on the same network.
 */
export class Viewers {
  readonly #media: NativeMedia;
  readonly #asksForKeyFrame: (rtcp: Buffer) => boolean;
  readonly #log: Logger;
  readonly #fps: () => number;
  readonly #open = new Set<Track>();
  #count = 0;

  constructor(
    media: NativeMedia,
    asksForKeyFrame: (rtcp: Buffer) => boolean,
    log: Logger,
    fps: () => number,
  ) {
    this.#media = media;
    this.#asksForKeyFrame = asksForKeyFrame;
    this.#log = log;
    this.#fps = fps;
  }

  get count(): number {
    return this.#open.size;
  }

  /** One viewer for as long as its call lasts: gives the offer and candidates, takes the answer and candidates. */
  async *view(requests: AsyncIterable<Message>, signal: AbortSignal): AsyncGenerator<Message> {
    if (this.#count >= maxViewers) throw new Error("too many viewers");
    this.#count++;
    const outgoing = new Mailbox<Message>();
    const peer = new PeerConnection("viewer", { iceServers: [] });
    let track: Track | undefined;
    try {
      peer.onLocalDescription((sdp, type) => outgoing.push({ type, sdp }));
      peer.onLocalCandidate((candidate, mid) => outgoing.push({ type: "candidate", candidate, mid }));
      peer.onStateChange((state) => {
        if (["closed", "failed", "disconnected"].includes(state)) outgoing.close();
      });
      const opening = peer.addTrack(describeVideo());
      track = opening;
      track.onOpen(() => this.#join(opening));
      track.onMessage((rtcp) => {
        if (this.#asksForKeyFrame(rtcp)) this.#media.forceIdr();
      });
      peer.setLocalDescription("offer");
      this.#listen(peer, requests, outgoing);
      yield* outgoing.read(signal);
    } finally {
      this.#count--;
      if (track) this.#leave(track);
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

  #join(track: Track) {
    this.#open.add(track);
    if (this.#open.size > 1) return this.#media.forceIdr();
    this.#media.startViewers({ kbps, fps: this.#fps(), ssrc, payloadType, playoutDelayId }, (packets) =>
      this.#send(packets),
    );
  }

  #leave(track: Track) {
    if (this.#open.delete(track) && this.#open.size === 0) this.#media.stopViewers();
  }

  #sendTo(track: Track, packets: Buffer[]): boolean {
    try {
      return packets.every((packet) => track.sendMessageBinary(packet));
    } catch {
      // Closed by its own thread a moment ago; its call ends by itself.
      return true;
    }
  }

  #send(packets: Buffer[]) {
    for (const track of this.#open) {
      // What the transport did not take is lost for that viewer: its next picture is a key frame.
      if (track.isOpen() && !this.#sendTo(track, packets)) this.#media.forceIdr();
    }
  }
}

/** Constrained baseline, packetization mode 1, playout delay 0: what every browser takes and shows at once. */
function describeVideo(): Video {
  const video = new Video("0", "SendOnly");
  video.addH264Codec(payloadType, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
  video.addSSRC(ssrc, "feimu", "feimu", "stage");
  video.parseSdpLine(`a=extmap:${playoutDelayId} http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`);
  return video;
}
