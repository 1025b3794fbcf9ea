/** Thrown for a command whose fields are not those of its kind. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

export interface MessageContext {
  /** The long room id. */
  readonly room: string;
  /** ms since 1970 */
  readonly receivedMs: number;
  /** Makes an id for what the platform gives none, different at each call. */
  readonly nextId: () => string;
}
