import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { connected, send, setSignalListener, state } from "./live.ts";
import { explain, say } from "./words.ts";

const AGAIN_MS = 1_500;
/** Who was refused waits until somebody may have left. */
const REFUSED_MS = 15_000;

/** What is known of the picture: it comes, or why it was refused, if it was. */
interface Picture {
  readonly live: boolean;
  readonly failure?: string | undefined;
}

/** The stage over WebRTC: the box offers, we answer; begun anew whenever it ends. */
function keepPicture(video: HTMLVideoElement, tell: (picture: Picture) => void): () => void {
  let peer: RTCPeerConnection | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    peer?.close();
    peer = undefined;
  };
  const begin = () => {
    end();
    clearTimeout(again);
    send({ type: "watch" });
  };
  const later = (failure?: string) => {
    end();
    tell({ live: false, failure });
    clearTimeout(again);
    again = setTimeout(begin, failure ? REFUSED_MS : AGAIN_MS);
  };
  const answer = async (sdp: string) => {
    const fresh = new RTCPeerConnection();
    peer = fresh;
    fresh.ontrack = ({ receiver, streams, track }) => {
      // As low as it goes: what the display shows now, not a moment ago.
      receiver.jitterBufferTarget = 0;
      video.srcObject = streams[0] ?? new MediaStream([track]);
      tell({ live: true });
    };
    fresh.onicecandidate = ({ candidate }) => {
      if (candidate) {
        send({
          type: "signal",
          signal: { type: "candidate", candidate: candidate.candidate, mid: candidate.sdpMid ?? "0" },
        });
      }
    };
    fresh.onconnectionstatechange = () => {
      if (peer === fresh && ["failed", "disconnected"].includes(fresh.connectionState)) later();
    };
    await fresh.setRemoteDescription({ type: "offer", sdp });
    await fresh.setLocalDescription(await fresh.createAnswer());
    send({ type: "signal", signal: { type: "answer", sdp: fresh.localDescription?.sdp ?? "" } });
  };
  setSignalListener((signal) => {
    if (signal.type === "offer") answer(signal.sdp).catch(() => later());
    else if (signal.type === "candidate") {
      peer?.addIceCandidate({ candidate: signal.candidate, sdpMid: signal.mid }).catch(() => {});
    } else later(signal.failure);
  });
  begin();
  return () => {
    clearTimeout(again);
    setSignalListener(() => {});
    send({ type: "unwatch" });
    end();
  };
}

export function StageView() {
  const video = useRef<HTMLVideoElement>(null);
  const picture = useSignal<Picture>({ live: false });
  const online = connected.value;
  useEffect(() => {
    if (!online || !video.current) return;
    const stop = keepPicture(video.current, (now) => {
      picture.value = now;
    });
    return () => {
      stop();
      picture.value = { live: false };
    };
  }, [online]);
  const { live, failure } = picture.value;
  // Nothing jumps while the stage is away.
  const size = useRef({ width: 16, height: 9 });
  const { width, height } = state.value?.stage ?? {};
  if (width > 0 && height > 0) size.current = { width, height };
  return (
    <section class="card stage">
      <h2>{say.value("stage")}</h2>
      <div class="screen" style={{ aspectRatio: `${size.current.width} / ${size.current.height}` }}>
        <video ref={video} autoplay muted playsInline aria-label={say.value("stageLabel")} />
        {!live && <p role="status">{failure ? explain(failure) : say.value("connectingPicture")}</p>}
      </div>
      <a class="button quiet" href="/api/snapshot.png" download="feimu.png">
        {say.value("saveSnapshot")}
      </a>
    </section>
  );
}
