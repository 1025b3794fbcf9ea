import assert from "node:assert/strict";
import { PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";
import { pino } from "pino";
import { Mailbox } from "../../src/media/mailbox.ts";
import { Viewers } from "../../src/media/viewers.ts";
import type { Message } from "../../src/rpc/proto.ts";
import { type MediaFixture, startMedia, untilStatus } from "./harness.ts";

describe("viewers", function () {
  this.timeout(15_000);
  let fixture: MediaFixture;
  let viewers: Viewers;

  beforeEach(async () => {
    fixture = await startMedia();
    fixture.media.setSources([{ kind: "test-pattern", width: 320, height: 240, fps: 30 }]);
    viewers = new Viewers(fixture.media, pino({ level: "silent" }), () => 30);
  });
  afterEach(() => fixture.close());

  /** A browser's part: answers the offer, collects what comes on the track. */
  async function look(packets: Buffer[], enough: number): Promise<string> {
    const stop = new AbortController();
    const requests = new Mailbox<Message>();
    const peer = new PeerConnection("browser", { iceServers: [] });
    let offer = "";
    let kept: Track | undefined; // a track without a reference is collected
    peer.onLocalDescription((sdp, type) => requests.push({ type, sdp }));
    peer.onLocalCandidate((candidate, mid) => requests.push({ type: "candidate", candidate, mid }));
    peer.onTrack((track) => {
      kept = track;
      track.setMediaHandler(new RtcpReceivingSession());
      track.onMessage((packet) => {
        packets.push(packet);
        if (packets.length === enough) stop.abort();
      });
    });
    try {
      for await (const signal of viewers.view(requests.read(stop.signal), stop.signal)) {
        if (signal.type === "offer") {
          offer = signal.sdp;
          peer.setRemoteDescription(signal.sdp, "offer");
        } else if (signal.type === "candidate") {
          peer.addRemoteCandidate(signal.candidate, signal.mid);
        }
      }
    } finally {
      kept?.close();
      peer.close();
    }
    return offer;
  }

  it("send the stage as constrained baseline with playout delay 0, from a key frame on", async () => {
    const packets: Buffer[] = [];
    const offer = await look(packets, 60);
    assert.match(offer, /profile-level-id=42e01f;packetization-mode=1/);
    assert.match(offer, /a=extmap:5 .*playout-delay/);
    assert.match(offer, /a=sendonly/);
    const media = packets.filter((packet) => (packet[1]! & 0x7f) === 102);
    const first = media[0]!;
    assert.equal(first[0], 0x90);
    // Header extensions, one-byte form: the transport's sequence number 0, and a playout delay of 0.
    assert.deepEqual([...first.subarray(12, 24)], [0xbe, 0xde, 0, 2, 0x31, 0, 0, 0x52, 0, 0, 0, 0]);
    assert.equal(first[24]! & 0x1f, 24, "STAP-A");
    assert.equal(first[27]! & 0x1f, 7, "SPS first");
    assert.match(offer, /a=rtcp-fb:102 transport-cc/);
    assert.match(offer, /a=ssrc-group:FID/);
    assert.equal(viewers.count, 0);
  });

  it("serve two at once from one encoder, each from a key frame on", async () => {
    const first: Buffer[] = [];
    const second: Buffer[] = [];
    await Promise.all([look(first, 120), look(second, 60)]);
    assert.ok(first.length >= 120 && second.length >= 60);
  });

  it("do not let a wrong answer harm the process", async () => {
    const stop = new AbortController();
    const requests = new Mailbox<Message>();
    requests.push({ type: "answer", sdp: "nonsense" });
    for await (const _ of viewers.view(requests.read(stop.signal), stop.signal)) {
      // Ends by itself.
    }
    await untilStatus(fixture.media, (now) => now.frames > 0);
  });
});
