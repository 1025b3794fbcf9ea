/** A refusal by the box, with a code of the catalogue. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: string, details: Readonly<Record<string, unknown>>) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** Sends an object as JSON, a file as it is. Throws Refused; BOX_UNREACHABLE when there is no answer. */
export async function call<T = unknown>(method: string, path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body && {
        body: body instanceof Blob ? body : JSON.stringify(body),
        headers: { "content-type": body instanceof Blob ? "application/octet-stream" : "application/json" },
      }),
    });
  } catch {
    throw new Refused("BOX_UNREACHABLE", {});
  }
  const reply = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(reply.code ?? "BOX_UNREACHABLE", reply);
  return reply;
}
