import type { Comment } from "../comments/comment.ts";
import type { Post } from "./post.ts";

/** Codes in the catalogue of failures. */
export type RoomFailure =
  | "ROOM_NOT_FOUND"
  | "ROOM_TOKEN_REFUSED"
  | "ROOM_RISK_CONTROL"
  | "ROOM_TOKEN_WANTED"
  | "ROOM_THROTTLED"
  | "ROOM_UNREACHABLE"
  | "ROOM_BAD_REPLY"
  | "ROOM_STALLED"
  | "ROOM_DROPPED"
  | "ROOM_TOO_MANY"
  | "ROOM_OFFLINE"
  | "ROOM_CLOCK_WRONG"
  | "ROOM_INSECURE_HOST";

/** What a room is told all the same, but not as it could be; codes in the catalogue of failures. */
export type RoomWarning = "ROOM_GUEST" | "ROOM_COOKIE_EXPIRED";

export class RoomError extends Error {
  override readonly name = "RoomError";
  readonly code: RoomFailure;
  constructor(code: RoomFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the platform said about the room, and all that is needed to connect. */
export interface RoomInfo {
  readonly longId: string;
  readonly title: string;
  readonly live: boolean;
  /** Not logged in: the platform masks names and may hold comments back. */
  readonly guest: boolean;
  /** A picture of the room, https. */
  readonly cover?: string;
  /** The cookie that the user gave is not good any more; the room is followed without. */
  readonly cookieExpired?: boolean;
}

export interface RoomListener {
  /** The connection stands and the hello was sent. */
  onConnected(): void;
  onAuthenticated(): void;
  onComment(comment: Comment): void;
  /** Something could not be read and was skipped. */
  onProblem(problem: string): void;
}

/** One room of one platform. Called by a keeper, one call at a time. */
export interface RoomAdapter {
  /** Asks the platform anew: ids, token, hosts. Throws RoomError. */
  resolve(signal: AbortSignal): Promise<RoomInfo>;
  /**
   * Connects to the host that `attempt` falls on and reads until the connection ends. Throws RoomError
   * for every end but an aborted signal. `resolve` was called before.
   */
  run(attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void>;
  /**
   * What the platform remembers of the last minutes, oldest first, for who was away. Absent where it gives nothing. Throws RoomError.
   * `run` has let us in before.
   */
  history?(signal: AbortSignal): Promise<readonly Comment[]>;
  /** The other side sends by itself what came while we were away. */
  readonly resumes?: boolean;
  /** Takes what came by itself, where the platform posts. Returns how many messages of it are new. Throws PostError. */
  take?(post: Post): number;
}
