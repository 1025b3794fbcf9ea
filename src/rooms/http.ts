import { type JsonObject, object, parseJson } from "./json.ts";
import { RoomError } from "./room.ts";

/** A current desktop browser: platforms bind tokens to it, so the socket sends the same one. */
export const USER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";
const MAX_REPLY_BYTES = 4 << 20;
const TIMEOUT_MS = 10_000;

export interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Beyond this, signatures with a time in them are refused. */
const CLOCK_MS = 5 * 60_000;
/** How far ahead the clocks of hosts were when they answered last. */
const skews = new Map<string, number>();
const MAX_HOSTS = 1_000;
/** What the first call of a machine says whose clock stands years ago. */
const CLOCK_ERRORS = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);

/** Whether the host's clock and ours are so far apart that it takes no signature of ours. */
export const isClockWrong = (url: string) => Math.abs(skews.get(new URL(url).host) ?? 0) > CLOCK_MS;

function noteClock(host: string, date: string | null): void {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs) || (skews.size >= MAX_HOSTS && !skews.has(host))) return;
  skews.set(host, theirs - Date.now());
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

async function readBounded(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_REPLY_BYTES) throw new RoomError("ROOM_BAD_REPLY", "the platform's reply is too long");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** One call as a browser makes it, without redirects. Throws ROOM_UNREACHABLE, ROOM_CLOCK_WRONG, ROOM_THROTTLED or ROOM_BAD_REPLY. */
export async function getText(
  url: string,
  { headers, ...options }: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<Reply> {
  const { host } = new URL(url);
  let reply: Reply;
  try {
    const response = await fetch(url, {
      redirect: "error",
      ...options,
      headers: { "user-agent": USER_AGENT, ...headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    noteClock(host, response.headers.get("date"));
    const bytes = await readBounded(response);
    reply = { status: response.status, bytes, text: bytes.toString("utf8") };
  } catch (cause) {
    if (cause instanceof RoomError) throw cause;
    if (CLOCK_ERRORS.has(String(codeOf(cause)))) {
      throw new RoomError("ROOM_CLOCK_WRONG", `${host}: its certificate is of another time`, { cause });
    }
    throw new RoomError("ROOM_UNREACHABLE", `${host} does not answer`, { cause });
  }
  if (reply.status === 412 || reply.status === 429) {
    throw new RoomError("ROOM_THROTTLED", `${host}: HTTP ${reply.status}, too many calls from this address`);
  }
  return reply;
}

/** The same for a reply that is a JSON object. */
export async function getJson(
  url: string,
  options: Parameters<typeof getText>[1],
  signal: AbortSignal,
): Promise<JsonObject> {
  const { status, text } = await getText(url, options, signal);
  try {
    return object(parseJson(text));
  } catch (cause) {
    const { host } = new URL(url);
    throw new RoomError("ROOM_BAD_REPLY", `${host}: HTTP ${status} without JSON`, { cause });
  }
}
