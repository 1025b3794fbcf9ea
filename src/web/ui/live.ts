import { signal } from "@preact/signals";
import type { ClientMessage, CommentLine, LiveState, ServerMessage } from "../live-state.ts";
import { noteLinks } from "./link-history.ts";

const SHOWN_COMMENTS = 200;
const AGAIN_MS = 1_000;

export const state = signal<Partial<LiveState> | undefined>(undefined);
export const comments = signal<readonly CommentLine[]>([]);
export const connected = signal(false);

type Signal = Extract<ServerMessage, { type: "signal" }>["signal"];
let onSignal: (signal: Signal) => void = () => {};
let socket: WebSocket | undefined;

export function send(message: ClientMessage): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Who gets the messages that set the picture up. */
export function setSignalListener(listener: (signal: Signal) => void): void {
  onSignal = listener;
}

function take(message: ServerMessage) {
  switch (message.type) {
    case "state":
      state.value = { ...state.value, ...message.state };
      if (message.state.links && !message.whole) noteLinks(message.state.links);
      break;
    case "comments": {
      const known = new Set(comments.value.map(({ id }) => id));
      const fresh = message.lines.filter(({ id }) => !known.has(id));
      comments.value = [...comments.value, ...fresh].slice(-SHOWN_COMMENTS);
      break;
    }
    case "count":
      comments.value = comments.value.map((line) =>
        line.id === message.id ? { ...line, count: message.count } : line,
      );
      break;
    case "retract":
      comments.value = comments.value.filter(({ id }) => !message.ids.includes(id));
      break;
    case "signal":
      onSignal(message.signal);
      break;
  }
}

/** Keeps the page's socket open until the session ends. */
export function keepLive(onSessionEnd: () => void): void {
  socket = new WebSocket(`ws://${location.host}/api/live`);
  socket.onopen = () => {
    connected.value = true;
    comments.value = [];
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = ({ code }) => {
    connected.value = false;
    if (code === 4401) return onSessionEnd();
    setTimeout(async () => {
      // The box may have forgotten us meanwhile.
      const hello = await fetch("/api/hello").then(
        (response) => response.json(),
        () => undefined,
      );
      if (hello && !hello.session) onSessionEnd();
      else keepLive(onSessionEnd);
    }, AGAIN_MS);
  };
}
