import { setTimeout as delay } from "node:timers/promises";
import { parseAddress } from "../box/addresses.ts";
import { linkKeys } from "../box/link-keys.ts";
import { mediaAddon, type NativePhoneSender, type PhoneSenderOptions } from "../media/addon.ts";
import { type Command, explain, UsageError } from "./command.ts";
import { linkText } from "./state-text.ts";

type Values = Record<string, string | boolean | undefined>;

function numberOf(values: Values, name: string, fallback: number, least: number, most: number): number {
  const value = values[name] === undefined ? fallback : Number(values[name]);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new UsageError(`Expected ${least} to ${most} for --${name} but received "${values[name]}"`);
}

/** "SEND,RECEIVE", so that a shell's history can be spared: - reads them from standard input. */
async function keysOf(text: string | boolean | undefined) {
  if (typeof text !== "string") return undefined;
  const input = text === "-" ? (await process.stdin.toArray()).join("").trim() : text;
  const [send, receive] = input.split(",");
  const keys = linkKeys.safeParse({ send, receive });
  if (keys.success) return keys.data;
  throw new UsageError(`--keys: ${keys.error.issues[0]?.message}`);
}

function startSender(options: PhoneSenderOptions): NativePhoneSender {
  const { PhoneSender } = mediaAddon();
  try {
    return new PhoneSender(options);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "SENDER")) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

export const command: Command = {
  summary: "Send a moving picture over a link, to a box's source or to try a network",
  usage: "--to ADDRESS:PORT",
  positionals: 0,
  options: {
    to: { type: "string", about: "Where it goes (127.0.0.1:5004)" },
    kbps: { type: "string", about: "At most, with headers and repairs (4000)" },
    width: { type: "string", about: "Pixels (1280)" },
    height: { type: "string", about: "Pixels (720)" },
    fps: { type: "string", about: "Pictures a second (30)" },
    keys: { type: "string", about: "SRTP: SEND,RECEIVE as base64, or - to read them" },
    quiet: { type: "boolean", about: "Say nothing" },
  },
  async run(values) {
    const to = parseAddress(String(values.to ?? "127.0.0.1:5004"));
    if (!to) throw new UsageError(`Expected ADDRESS:PORT for --to but received "${values.to}"`);
    const keys = await keysOf(values.keys);
    const sender = startSender({
      ...to,
      kbps: numberOf(values, "kbps", 4_000, 200, 100_000),
      width: numberOf(values, "width", 1280, 64, 3840) & ~1,
      height: numberOf(values, "height", 720, 64, 2160) & ~1,
      fps: numberOf(values, "fps", 30, 1, 120),
      ...(keys && { keys }),
    });
    const end = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
    try {
      let explained: string | undefined;
      while (!end.signal.aborted) {
        await delay(1_000, undefined, { signal: end.signal }).catch(() => {});
        const link = sender.link();
        if (!link || values.quiet) continue;
        process.stdout.write(`${linkText(link)}\n`);
        // What to do stands once for each time that it goes wrong.
        if (link.failure && link.failure !== explained) process.stdout.write(`  ${explain(link.failure)}\n`);
        explained = link.failure;
      }
      return 0;
    } finally {
      sender.close();
    }
  },
};
