import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { queryObjects } from "node:v8";
import { PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";
import { pino } from "pino";
import { Mailbox } from "../../src/media/mailbox.ts";
import { describeVideo, maxViewers, type ViewerMedia, Viewers } from "../../src/media/viewers.ts";
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

  /** How many tracks are kept in memory; JavaScript's garbage is collected first. */
  function trackCount(): number {
    const peer = new PeerConnection("sample", { iceServers: [] });
    const sample = peer.addTrack(describeVideo());
    const count = queryObjects(sample.constructor as new () => Track, { format: "count" });
    sample.close();
    peer.close();
    return count;
  }

  it("leave nothing behind, whether they had the picture or never answered", async () => {
    const before = trackCount();
    for (let times = 0; times < 8; times++) {
      const stop = new AbortController();
      for await (const _ of viewers.view(new Mailbox<Message>().read(stop.signal), stop.signal)) stop.abort();
      await look([], 5);
    }
    const deadline = Date.now() + 5_000;
    while (trackCount() > before) {
      assert(Date.now() < deadline, `${trackCount()} tracks, ${before} before`);
      await delay(20);
    }
  });

  it("do not come in any more once they left, however late their connection opens", async () => {
    let added = 0;
    const media: ViewerMedia = {
      startViewers() {},
      stopViewers() {},
      addViewer() {
        added++;
      },
      removeViewer() {},
      viewerRtcp() {},
    };
    const late = new Viewers(media, pino({ level: "silent" }), () => 30);
    const until = async (holds: () => boolean) => {
      const deadline = Date.now() + 5_000;
      while (!holds()) {
        assert(Date.now() < deadline);
        await delay(1);
      }
    };
    const stop = new AbortController();
    const answers = new Mailbox<Message>();
    const states: string[] = [];
    const peer = new PeerConnection("browser", { iceServers: [] });
    peer.onLocalDescription((sdp, type) => answers.push({ type, sdp }));
    peer.onStateChange((state) => states.push(state));
    let answered = false;
    const requests = async function* () {
      for await (const answer of answers.read(stop.signal)) {
        yield answer;
        answered = true;
      }
    };
    const candidates: Message[] = [];
    const viewing = (async () => {
      for await (const signal of late.view(requests(), stop.signal)) {
        if (signal.type === "offer") peer.setRemoteDescription(signal.sdp, "offer");
        else candidates.push(signal);
      }
    })();
    await until(() => answered && candidates.length > 0);
    // From here on they connect on threads of their own, of which this one sees nothing: "open" waits for it.
    for (const { candidate, mid } of candidates) peer.addRemoteCandidate(candidate, mid);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const deadline = Date.now() + 5_000;
    while (peer.state() !== "connected" && Date.now() < deadline) Atomics.wait(pause, 0, 0, 5);
    assert.equal(peer.state(), "connected");
    stop.abort();
    await viewing;
    peer.close();
    await until(() => states.includes("closed"));
    assert.deepEqual([added, late.count], [0, 0]);
  });

  it("are refused with a reason when there are too many, and taken again when one left", async () => {
    const stops: AbortController[] = [];
    const open = async () => {
      const stop = new AbortController();
      const viewing = viewers.view(new Mailbox<Message>().read(stop.signal), stop.signal);
      stops.push(stop);
      return { viewing, said: (await viewing.next()).value };
    };
    const seen = await Promise.all(Array.from({ length: maxViewers }, open));
    for (const { said } of seen) assert.notEqual(said.type, "refused");
    assert.deepEqual((await open()).said, { type: "refused", failure: "VIEWERS_FULL" });
    await seen[0]?.viewing.return(undefined);
    assert.notEqual((await open()).said.type, "refused");
    for (const stop of stops) stop.abort();
    await Promise.all(seen.map(({ viewing }) => viewing.return(undefined)));
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
