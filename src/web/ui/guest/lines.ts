import { signal } from "@preact/signals";
import { type GuestLine, type GuestMessage, guestLines } from "../../../venue/guest-message.ts";

const AGAIN_MS = 1_000;
/** Hundreds of phones that lost one box must not come back in one moment. */
const SPREAD_MS = 2_000;

export const lines = signal<readonly GuestLine[]>([]);
export const connected = signal(false);

/** Follows the last comments until this phone is no guest any more. */
export function followLines(onDismissed: () => void): void {
  const socket = new WebSocket(`ws://${location.host}/api/guest/live`);
  socket.onopen = () => {
    connected.value = true;
    lines.value = [];
  };
  socket.onmessage = ({ data }) => {
    const message: GuestMessage = JSON.parse(data);
    const gone = new Set(message.taken);
    lines.value = [...lines.value.filter(({ id }) => !gone.has(id)), ...message.lines].slice(-guestLines);
  };
  socket.onclose = ({ code }) => {
    connected.value = false;
    if (code === 4401) onDismissed();
    else setTimeout(() => followLines(onDismissed), AGAIN_MS + Math.random() * SPREAD_MS);
  };
}
