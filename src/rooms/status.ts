import type { RoomFailure, RoomInfo, RoomWarning } from "./room.ts";

export type RoomConnection =
  | "idle"
  | "resolving"
  | "connecting"
  | "authenticating"
  | "live"
  | "offline"
  | "recovering"
  | "refused";

export interface RoomStatus {
  readonly state: RoomConnection;
  readonly title: string;
  readonly longId: string;
  readonly guest: boolean;
  readonly reconnects: number;
  readonly failure: RoomFailure | undefined;
  readonly warning: RoomWarning | undefined;
  readonly cover: string;
  /** When it is tried again, performance.now(); undefined while nothing waits for that. */
  readonly retryMs: number | undefined;
  /** What the platform said last: whether the room is on air. */
  readonly onAir: boolean;
}

export const noStatus: RoomStatus = {
  state: "idle",
  title: "",
  longId: "",
  guest: false,
  reconnects: 0,
  failure: undefined,
  warning: undefined,
  cover: "",
  retryMs: undefined,
  onAir: false,
};

export type RoomEvent =
  | { readonly type: "resolve" }
  | { readonly type: "resolved"; readonly info: RoomInfo }
  | { readonly type: "connect" }
  | { readonly type: "connected" }
  | { readonly type: "authenticated" }
  | { readonly type: "told"; readonly title?: string | undefined; readonly live?: boolean | undefined }
  | {
      readonly type: "lost";
      readonly failure: RoomFailure;
      readonly final: boolean;
      readonly retryMs: number;
    }
  | { readonly type: "full" }
  | { readonly type: "stop" };

/** The only place where a room's state changes. */
export function nextStatus(status: RoomStatus, event: RoomEvent): RoomStatus {
  switch (event.type) {
    case "resolve":
      return { ...status, state: "resolving", retryMs: undefined };
    case "resolved": {
      const { longId, title, guest, live, cover = "", cookieExpired } = event.info;
      const warning = cookieExpired ? "ROOM_COOKIE_EXPIRED" : guest ? "ROOM_GUEST" : undefined;
      return { ...status, longId, title, guest, warning, cover, onAir: live };
    }
    case "connect":
      return { ...status, state: "connecting", retryMs: undefined };
    case "connected":
      return status.state === "connecting" ? { ...status, state: "authenticating" } : status;
    case "authenticated":
      return { ...status, state: status.onAir ? "live" : "offline", failure: undefined };
    case "told": {
      const onAir = event.live ?? status.onAir;
      const connected = status.state === "live" || status.state === "offline";
      return {
        ...status,
        onAir,
        title: event.title || status.title,
        state: connected ? (onAir ? "live" : "offline") : status.state,
      };
    }
    case "lost":
      // A room that is not on air, on a platform that lets nobody in then: nothing is wrong.
      if (event.failure === "ROOM_OFFLINE") {
        return { ...status, state: "offline", onAir: false, failure: undefined, retryMs: event.retryMs };
      }
      return {
        ...status,
        state: event.final ? "refused" : "recovering",
        failure: event.failure,
        retryMs: event.retryMs,
        reconnects: status.reconnects + 1,
      };
    case "full":
      return { ...status, failure: "ROOM_TOO_MANY" };
    case "stop":
      return { ...status, state: "idle" };
  }
}
