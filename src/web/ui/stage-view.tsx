import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { connected, send, setSignalListener, state } from "./live.ts";
import { say } from "./words.ts";

const AGAIN_MS = 1_500;

/** The stage over WebRTC: the box offers, we answer; begun anew whenever it ends. */
function keepPicture(video: HTMLVideoElement, onLive: (live: boolean) => void): () => void {
  let peer: RTCPeerConnection | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    peer?.close();
    peer = undefined;
    onLive(false);
  };
  const begin = () => {
    end();
    clearTimeout(again);
    send({ type: "watch" });
  };
  const later = () => {
    end();
    clearTimeout(again);
    again = setTimeout(begin, AGAIN_MS);
  };
  const answer = async (sdp: string) => {
    const fresh = new RTCPeerConnection();
    peer = fresh;
    fresh.ontrack = ({ receiver, streams, track }) => {
      // As low as it goes: what the display shows now, not a moment ago.
      receiver.jitterBufferTarget = 0;
      video.srcObject = streams[0] ?? new MediaStream([track]);
      onLive(true);
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
    if (signal.type === "offer") answer(signal.sdp).catch(later);
    else if (signal.type === "candidate") {
      peer?.addIceCandidate({ candidate: signal.candidate, sdpMid: signal.mid }).catch(() => {});
    } else later();
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
  const live = useSignal(false);
  const online = connected.value;
  useEffect(() => {
    if (!online || !video.current) return;
    return keepPicture(video.current, (now) => {
      live.value = now;
    });
  }, [online]);
  const { width = 16, height = 9 } = state.value?.stage ?? {};
  return (
    <section class="card stage">
      <h2>{say.value("stage")}</h2>
      <div class="screen" style={{ aspectRatio: `${width} / ${height}` }}>
        <video ref={video} autoplay muted playsInline aria-label={say.value("stageLabel")} />
        {!live.value && <p>{say.value("connectingPicture")}</p>}
      </div>
      <a class="button quiet" href="/api/snapshot.png" download="feimu.png">
        {say.value("saveSnapshot")}
      </a>
    </section>
  );
}
