import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { nameStyles } from "../clean/names.ts";
import { profiles } from "../clean/policy.ts";
import { rulesSchema } from "../clean/rules/rule-schema.ts";
import { parseWordList, WordListError } from "../clean/word-list.ts";
import { feedSchema } from "../rooms/custom/feed-schema.ts";
import { transports } from "../rooms/platform.ts";
import { platformNames, platforms } from "../rooms/registry.ts";
import { canonicalAddress, isLoopback, isPrivateHost, parseAddress, parseHost } from "./addresses.ts";
import { currentVersion, migrate } from "./config-versions.ts";
import { keyNames } from "./key-names.ts";
import { type LinkKeys, linkKeys } from "./link-keys.ts";

/** One way to write each address: what is told of it by others is found by its text. */
const written = (how: (text: string) => string | undefined, expected: string) =>
  z.string().transform((text, context) => {
    const result = how(text);
    if (result !== undefined) return result;
    const message = text.includes("%") ? "expected an address without a zone (%)" : expected;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

const address = written(canonicalAddress, "expected ADDRESS:PORT, e.g. 127.0.0.1:5004");
const host = written(parseHost, "expected an address, e.g. 192.168.1.20");

/** Everything about a source or a sink is found by its address. */
const eachOnce =
  <Entry>(addressOf: (entry: Entry) => string | undefined, field: string) =>
  (entries: readonly Entry[], context: z.RefinementCtx<readonly Entry[]>) => {
    const all = entries.map(addressOf);
    for (const [index, one] of all.entries()) {
      if (one === undefined || all.indexOf(one) === index) continue;
      const message = `expected another address than entry [${all.indexOf(one)}] has`;
      context.addIssue({ code: "custom", path: [index, field], message });
    }
  };

const endpoint = z.url({ protocol: /^https?$/ });

const PLAIN = "expected encryption, e.g. https: plain only to loopback and private addresses";
const encrypted = ["https:", "wss:", "mqtts:", "grpcs:"];
const isSafe = (value: string) => {
  const url = new URL(value);
  return encrypted.includes(url.protocol) || isPrivateHost(url.hostname);
};

const room = z
  .strictObject({
    platform: z.enum(platformNames).describe("Streaming platform"),
    id: z.string().min(1).max(128).describe("The room, as in its address"),
    transport: z
      .enum(transports)
      .optional()
      .describe("How the room's messages come; tcp is encrypted on no platform"),
    endpoints: z
      .record(z.string(), z.url())
      .optional()
      .describe("Another host that serves this room: a proxy, a test server, your own system"),
    feed: feedSchema.optional().describe("How your own system's messages are read"),
    allowPlain: z
      .boolean()
      .default(false)
      .describe("Unencrypted connections also to addresses that are not on this network"),
    delayS: z
      .number()
      .min(0)
      .max(120)
      .default(0)
      .describe("Comments are held back this long, to fit the picture"),
    approval: z
      .boolean()
      .default(false)
      .describe("What is said waits until the operator lets it through, on the page"),
    credentials: z
      // 8 KiB, sealed.
      .record(z.string(), z.string().min(1).max(12_288))
      .optional()
      .describe("What only the user has, e.g. the cookie of a logged-in browser"),
  })
  .superRefine((value, context) => {
    const { id, transports: possible, endpoints, credentials, schemes, own } = platforms[value.platform];
    const wrong = (message: string, ...path: string[]) => context.addIssue({ code: "custom", path, message });
    const { transport = possible[0]!, feed } = value;
    if (!id.pattern.test(value.id)) wrong(`expected ${id.expected}`, "id");
    if (!possible.includes(transport)) {
      wrong(`expected ${possible.join(" or ")} on this platform`, "transport");
      return;
    }
    const expected = schemes?.[transport] ?? ["https:", "http:"];
    for (const [name, address] of Object.entries(value.endpoints ?? {})) {
      if (!endpoints.includes(name) || expected.length === 0) wrong("no such key", "endpoints", name);
      else if (!expected.includes(new URL(address).protocol)) {
        wrong(`expected an address with ${expected.join(" or ")}`, "endpoints", name);
      } else if (!value.allowPlain && !isSafe(address)) {
        wrong(`${PLAIN}, or with "allowPlain": true`, "endpoints", name);
      }
    }
    for (const name of Object.keys(value.credentials ?? {})) {
      if (!Object.hasOwn(credentials, name)) wrong("no such key", "credentials", name);
    }
    if (!own && feed) wrong("no such key on this platform", "feed");
    if (own && expected.length > 0 && !value.endpoints?.feed) {
      wrong(`expected an address with ${expected.join(" or ")}`, "endpoints", "feed");
    }
    if (feed?.hello !== undefined && ["webhook", "grpc"].includes(transport)) {
      wrong(`no such key with ${transport}`, "feed", "hello");
    }
    if (feed?.format === "protobuf" && transport === "coap")
      wrong("expected json with coap", "feed", "format");
  });

const rtp = z
  .strictObject({
    kind: z.literal("rtp"),
    listen: address.describe("Where H.264 over RTP comes in"),
    allow: z.array(host).max(64).optional().describe("Addresses that may send"),
    keys: linkKeys.optional().describe("SRTP: only who has them may send"),
  })
  .refine(
    ({ listen, allow, keys }) =>
      isLoopback(parseAddress(listen)?.host ?? "") || (allow?.length ?? 0) > 0 || keys !== undefined,
    'expected "allow": [addresses] or "keys", as this source listens beyond loopback',
  );

const rtpSink = z
  .strictObject({
    kind: z.literal("rtp"),
    to: address.describe("Where the picture goes: another box's source, or a program that listens"),
    kbps: z.int().min(200).max(100_000).default(4_000).describe("At most, with headers and repairs"),
    fps: z.int().min(1).max(120).default(30),
    width: z.int().min(64).max(3840).multipleOf(2).optional().describe("The stage's, when left out"),
    height: z.int().min(64).max(2160).multipleOf(2).optional().describe("The stage's, when left out"),
    oneWay: z
      .boolean()
      .default(false)
      .describe("The other end never answers: always at this rate, to a private address alone"),
    keys: linkKeys.optional().describe("SRTP: only who has them sees it"),
  })
  .superRefine(({ to, oneWay }, context) => {
    if (!oneWay || isPrivateHost(parseAddress(to)?.host ?? "")) return;
    const message = 'expected an address of a private network, as "oneWay" asks nobody whether it is wanted';
    context.addIssue({ code: "custom", path: ["to"], message });
  });

const testPattern = z.strictObject({
  kind: z.literal("test-pattern"),
  width: z.int().min(64).max(3840).multipleOf(2).default(1280),
  height: z.int().min(64).max(2160).multipleOf(2).default(720),
  fps: z.int().min(1).max(60).default(30),
});

export const maxSources = 16;
export const maxSinks = 8;

/** What a box may be called. */
export const boxName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,31}$/u, "expected 1 to 32 letters, digits, spaces, - or _");

/** Whether a change takes effect at once or at the next start stands in `meta`. */
const schema = z.strictObject({
  version: z
    .literal(currentVersion(), { error: `expected ${currentVersion()}: a newer system wrote this` })
    .default(currentVersion())
    .describe("Of this form; older ones are brought to it"),
  name: boxName.default("feimu").describe("Name on the display and the page"),
  web: z
    .strictObject({
      host: z.union([z.ipv4(), z.ipv6()]).default("0.0.0.0"),
      port: z.int().min(1).max(65_535).default(8080),
    })
    .prefault({})
    .meta({ apply: "restart" }),
  rooms: z
    .array(room)
    .max(50)
    .refine(
      (rooms) => rooms.filter(({ platform }) => platform === "venue").length < 2,
      "expected one room of the venue's guests at most",
    )
    .default([])
    .meta({ apply: "hot" }),
  sources: z
    .array(z.union([rtp, testPattern]))
    .max(maxSources)
    .superRefine(eachOnce((source) => (source.kind === "rtp" ? source.listen : undefined), "listen"))
    .default([])
    .meta({ apply: "hot" }),
  sinks: z
    .array(rtpSink)
    .max(maxSinks)
    .superRefine(eachOnce((sink) => sink.to, "to"))
    .default([])
    .meta({ apply: "hot" }),
  display: z
    .strictObject({
      backend: z
        .enum(["headless", "kms"])
        .default("headless")
        .describe("kms: the display that is plugged in; width, height and rate are a wish then"),
      width: z.int().min(320).max(3840).multipleOf(2).default(1280),
      height: z.int().min(240).max(2160).multipleOf(2).default(720),
      refreshHz: z.number().min(1).max(240).default(60),
      language: z.enum(["zh", "en"]).default("zh").describe("Of the words on the display"),
    })
    .prefault({})
    .meta({ apply: "restart" }),
  danmaku: z
    .strictObject({
      enabled: z.boolean().default(true),
      opacity: z.number().min(0).max(1).default(0.9),
      area: z.number().min(0.1).max(1).default(0.75).describe("Share of the height that comments may use"),
      speed: z.number().min(0.25).max(4).default(1),
      fontPx: z.int().min(12).max(128).default(36).describe("On a display 720 pixels high"),
      outline: z.boolean().default(true),
      superChats: z.boolean().default(true).describe("What was paid for stands on a card for its time"),
      emotes: z.boolean().default(true).describe("Pictures for emotes, fetched from the platform"),
      gifts: z.boolean().default(true).describe("A line a sender and gift, counted on"),
      guards: z.boolean().default(true).describe("A banner for a new member of the room's guard"),
      enters: z.boolean().default(false).describe("A line for who enters the room"),
      maxOnScreen: z.int().min(0).max(1000).default(300),
      /** Refreshes before they are shown that comments are drawn; 0: one, or two after missed refreshes. */
      depth: z.int().min(0).max(6).default(0),
    })
    .prefault({})
    .meta({ apply: "hot" }),
  clean: z
    .strictObject({
      profile: z.enum(profiles).default("bar").describe("Who watches"),
      strength: z
        .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
        .default(2)
        .describe("How strict: 1 lenient, 2 middle, 3 strict, 4 strictest"),
      foldS: z
        .number()
        .min(0)
        .max(10)
        .default(1)
        .describe(
          "What is said again within so many seconds is counted beside the first; 0: shown each time",
        ),
      safetyS: z
        .number()
        .min(0)
        .max(10)
        .default(0)
        .describe(
          "What is said stands on the page alone for so many seconds, where it can be dropped; 0: off",
        ),
      unattended: z
        .boolean()
        .default(true)
        .describe("One strength stricter while nobody has used the page for two minutes"),
      authorPer10s: z
        .int()
        .min(0)
        .max(1_000)
        .default(30)
        .describe("Comments of one author in ten seconds, what was paid for apart; 0: no limit"),
      slowS: z
        .int()
        .min(0)
        .max(600)
        .default(0)
        .describe("Slow mode: seconds between two comments of one author; 0: off"),
      engineFailed: z
        .enum(["hold", "drop"])
        .default("hold")
        .describe(
          "What happens to comments that could not be judged: they wait for the engine, or are dropped",
        ),
      words: z
        .string()
        .max(200_000)
        .default("")
        .superRefine((value, context) => {
          try {
            parseWordList(value, 0);
          } catch (error) {
            if (!(error instanceof WordListError)) throw error;
            context.addIssue({ code: "custom", message: error.message });
          }
        })
        .describe("Words of your own, a list as docs/cleaning.md describes it"),
      names: z
        .enum(nameStyles)
        .optional()
        .describe("What stands for authors' names; unset: numbers in a classroom, else their names"),
      blockedEmotes: z
        .array(z.string().trim().min(1).max(128))
        .max(1_000)
        .default([])
        .describe("Emotes that nobody is shown, by id or by what is typed for them"),
      rules: rulesSchema
        .default([])
        .describe("Rules of your own: words with what stands beside them, or who says it, where, how often"),
    })
    .prefault({})
    .meta({ apply: "hot" }),
  panic: z
    .strictObject({
      on: z.boolean().default(false).describe("The picture is covered, and all that comes is held"),
      sinceMs: z.int().min(0).default(0).describe("When that was last begun, ms since 1970"),
    })
    .prefault({})
    .meta({ apply: "hot" }),
  panicKey: z
    .union([z.int().min(1).max(767), z.enum(["", ...keyNames])])
    .default("")
    .describe(
      "A key of a keyboard or button on USB that is the panic button: its name or number; empty: none",
    )
    .meta({ apply: "hot" }),
  archive: z
    .strictObject({
      hours: z.int().min(0).max(720).default(24).describe("How long comments are kept; 0: not at all"),
    })
    .prefault({})
    .meta({ apply: "hot" }),
  update: z
    .strictObject({
      address: endpoint.refine(isSafe, PLAIN).optional().describe("Where the page fetches an update bundle"),
    })
    .prefault({})
    .meta({ apply: "hot" }),
});

export type Config = z.output<typeof schema>;
export type RoomConfig = Config["rooms"][number];
export type SourceConfig = Config["sources"][number];
export type SinkConfig = Config["sinks"][number];
export type { LinkKeys };

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: "CONFIG_INVALID" | "CONFIG_UNREADABLE" | "CONFIG_DISK_FULL" | "CONFIG_NOT_WRITTEN";
  readonly errors: readonly string[];
  constructor(
    code: ConfigError["code"],
    message: string,
    errors: readonly string[] = [message],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.errors = errors;
  }
}

/** `["rooms", 0, "id"]` → `config.rooms[0].id` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    "config",
  );
}

function issueTexts(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[] = []): string[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${pathText([...path, key])}: no such key`);
  }
  if (issue.code === "invalid_union") {
    // The alternative that came closest says most: the one with the fewest complaints, not about its kind.
    const best = issue.errors
      .toSorted((a, b) => Number(aboutKind(a)) - Number(aboutKind(b)) || a.length - b.length)
      .at(0);
    return best ? best.flatMap((inner) => issueTexts(inner, path)) : [`${pathText(path)}: ${issue.message}`];
  }
  return [`${pathText(path)}: ${issue.message}`];
}

const aboutKind = (issues: readonly z.core.$ZodIssue[]) =>
  issues.some((issue) => issue.path.length === 1 && issue.path[0] === "kind");

/** Fills in defaults; brings an older form to today's. Throws ConfigError CONFIG_INVALID with one line for every wrong key. */
export function parseConfig(value: unknown): Config {
  const result = schema.safeParse(migrate(value));
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => issueTexts(issue));
  throw new ConfigError("CONFIG_INVALID", errors.join("\n"), errors);
}

export const defaultConfig = () => parseConfig({});

/** The schema as JSON Schema (draft 2020-12), for editors and the page's forms. */
export function configSchema(): object {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

export async function readConfig(file: string): Promise<Config> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : "cannot be read";
    throw new ConfigError("CONFIG_UNREADABLE", `${file} ${why}`, undefined, { cause });
  }
  return parseConfig(value);
}

/** Old or new, never half: temporary file, fsync, rename, fsync of the folder. */
export async function writeConfig(file: string, config: unknown): Promise<void> {
  const temporary = join(dirname(file), `.${process.pid}.feimu-config`);
  try {
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(config, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    const folder = await open(dirname(file), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    const full =
      cause instanceof Error && "code" in cause && ["ENOSPC", "EDQUOT"].includes(String(cause.code));
    throw new ConfigError(
      full ? "CONFIG_DISK_FULL" : "CONFIG_NOT_WRITTEN",
      `${file}: ${full ? "no space left" : "cannot be written"}; the old configuration stays in force`,
      undefined,
      { cause },
    );
  }
}
