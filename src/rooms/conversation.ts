import { RoomError, type RoomFailure, type RoomListener } from "./room.ts";
import { type Endpoint, openSocket } from "./socket.ts";

/** What a platform's side of a connection does: it hears, and is asked what to say. */
export interface Speaker {
  /** The connection stands. */
  hello(): void;
  /** A message, or a piece of a stream; the bytes are valid until it returns. */
  hear(bytes: Buffer): void;
  heartbeat(): Uint8Array;
  /** The last words of a connection that we end. */
  goodbye?(): Uint8Array;
}

/** What the platform's side may do with the connection. */
export interface Line extends Pick<RoomListener, "onComment" | "onProblem"> {
  send(bytes: Uint8Array): void;
  /** The platform has let us in: heartbeats begin, the first at once. */
  authenticated(): void;
  /** The platform says how often it wants one. */
  setHeartbeat(ms: number): void;
  /** Ends the connection; the first reason counts. */
  fail(code: RoomFailure, message: string): void;
}

export interface Timing {
  readonly heartbeatMs: number;
  /** The platform must have let us in. */
  readonly authMs: number;
  /** After a heartbeat something must come; undefined where the platform answers none. */
  readonly answerMs: number | undefined;
}

/** A connection with nothing received for this many heartbeats is dead. */
const SILENT_HEARTBEATS = 1.5;
const LONGEST_HEARTBEAT_MS = 300_000;
const SHORTEST_HEARTBEAT_MS = 100;
/** Deadlines are looked at this often. */
const LOOK_MS = 250;

export interface Conversation {
  /** For messages, e.g. "douyu room 9999". */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly timing: Timing;
  /** What a connection that ends before it lets us in means. */
  readonly refusal: RoomFailure;
  speak(line: Line): Speaker;
}

/**
 * One connection of a room, from the hello to its end. Resolves when the signal is aborted, after the goodbye; throws RoomError for every
 * other end.
 */
export async function converse(
  { name, endpoint, timing, refusal, speak }: Conversation,
  listener: RoomListener,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  let failure: RoomError | undefined;
  let authenticated = false;
  let heartbeatMs = timing.heartbeatMs;
  let receivedMs = performance.now();
  let beatMs = 0;
  /** Packets to send before the connection is known here; a host may speak first. */
  const early: Uint8Array[] = [];
  let send: (bytes: Uint8Array) => void = (bytes) => early.push(bytes);
  const fail = (code: RoomFailure, message: string) => {
    failure ??= new RoomError(code, `${name}: ${message}`);
    ended.abort();
  };
  const beat = () => {
    beatMs = performance.now();
    send(speaker.heartbeat());
  };
  const speaker = speak({
    send: (bytes) => send(bytes),
    authenticated() {
      if (authenticated) return;
      authenticated = true;
      listener.onAuthenticated();
      beat();
    },
    setHeartbeat(ms) {
      heartbeatMs = Math.min(Math.max(ms, SHORTEST_HEARTBEAT_MS), LONGEST_HEARTBEAT_MS);
    },
    onComment: (comment) => listener.onComment(comment),
    onProblem: (problem) => listener.onProblem(problem),
    fail,
  });
  const hear = (bytes: Buffer) => {
    if (ended.signal.aborted) return;
    receivedMs = performance.now();
    try {
      speaker.hear(bytes);
    } catch (error) {
      // Whatever one message does must not end the room, let alone the process.
      listener.onProblem(String(error));
    }
  };
  const socket = await openSocket(endpoint, hear, AbortSignal.any([signal, ended.signal]));
  const startedMs = performance.now();
  const look = () => {
    const now = performance.now();
    const answerLate = timing.answerMs !== undefined && beatMs > receivedMs && now - beatMs > timing.answerMs;
    if (!authenticated && now - startedMs > timing.authMs) fail("ROOM_STALLED", "no answer to the hello");
    else if (now - receivedMs > heartbeatMs * SILENT_HEARTBEATS) fail("ROOM_STALLED", "silence");
    else if (answerLate) fail("ROOM_STALLED", "no answer to a heartbeat");
    else if (authenticated && now - beatMs >= heartbeatMs) beat();
  };
  const clock = setInterval(look, Math.min(LOOK_MS, timing.heartbeatMs / 4, timing.authMs / 4));
  const leave = () => {
    if (authenticated && speaker.goodbye) socket.send(speaker.goodbye());
    socket.end();
  };
  if (signal.aborted || ended.signal.aborted) socket.close();
  signal.addEventListener("abort", leave, { once: true });
  ended.signal.addEventListener("abort", socket.close, { once: true });
  try {
    for (const bytes of early) socket.send(bytes);
    send = (bytes) => socket.send(bytes);
    listener.onConnected();
    speaker.hello();
    const reason = await socket.closed;
    if (signal.aborted) return;
    if (failure) throw failure;
    throw new RoomError(
      authenticated ? "ROOM_DROPPED" : refusal,
      `${name}: ${reason}${authenticated ? "" : " before it let us in"}`,
    );
  } finally {
    clearInterval(clock);
    signal.removeEventListener("abort", leave);
    socket.close();
  }
}
