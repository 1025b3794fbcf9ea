import type { Comment } from "../comments/comment.ts";

/** Thrown for a command whose fields are not those of its kind. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

export interface MessageContext {
  readonly platform: string;
  /** The platform's own id of the room. */
  readonly room: string;
  /** ms since 1970 */
  readonly receivedMs: number;
  /** Makes an id for what the platform gives none, different at each call. */
  readonly nextId: () => string;
}

/** What every comment has. A time that the platform did not give is ours. */
export function base(kind: Comment["kind"], id: string, timeMs: number, context: MessageContext): Comment {
  return {
    id,
    platform: context.platform,
    room: context.room,
    kind,
    timeMs: timeMs > 0 ? timeMs : context.receivedMs,
    receivedMs: context.receivedMs,
  };
}
