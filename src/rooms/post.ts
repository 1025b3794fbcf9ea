/** A message that came to the box by itself. */
export interface Post {
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What came by itself and is not taken; the code is in the catalogue of failures. */
export class PostError extends Error {
  override readonly name = "PostError";
  readonly code: "POST_UNSIGNED" | "POST_LATE" | "POST_NOT_HERE";
  constructor(code: PostError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
