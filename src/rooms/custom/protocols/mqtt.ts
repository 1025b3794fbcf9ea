import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import mqtt, { type MqttClient } from "mqtt";
import { RoomError } from "../../room.ts";
import { Inbox, type Protocol, type ProtocolOptions } from "../protocol.ts";

const CONNECT_MS = 10_000;
const KEEPALIVE_S = 30;
/** The broker keeps what comes while we are away this long. */
const SESSION_S = 3_600;
const MAX_PACKET_BYTES = 1 << 20;
/** Of what was delivered with "at least once", in case it is delivered again. */
const REMEMBERED = 1_024;
/** Remembered of a broker that knows only MQTT 3.1.1. */
const OLDER = "3.1.1";
const NOT_AUTHORIZED = 0x87;
/** Reason codes of a CONNACK, of MQTT 3 and 5, that say who we are is the matter. */
const refusals = new Set([4, 5, 0x86, NOT_AUTHORIZED, 0x8a]);
/** And those of a broker that knows only MQTT 3.1.1. */
const older = new Set([1, 0x84]);

/** The same at each start, another one on each box: the broker knows by it what we have not seen yet. */
async function clientId(room: string): Promise<string> {
  const machine = await readFile("/etc/machine-id", "utf8").catch(hostname);
  const name = createHash("sha256").update(`feimu mqtt ${machine} ${room}`).digest("hex");
  return `feimu-${name.slice(0, 16)}`;
}

function opening(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
}

/** A subscription at a broker, "at least once". The address' path is the topic filter. */
export class MqttFeed implements Protocol {
  readonly #options: ProtocolOptions;
  readonly #topic: string;
  readonly #inbox = new Inbox();
  #client: MqttClient | undefined;
  #serial = 0;

  constructor(options: ProtocolOptions) {
    this.#options = options;
    const { pathname, hash } = options.address;
    this.#topic = decodeURIComponent(`${pathname}${hash}`.slice(1));
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { address, credentials, memory } = this.#options;
    const { username, password } = credentials;
    const { host } = address;
    const client = mqtt.connect(`${address.protocol}//${host}`, {
      clientId: await clientId(this.#options.id),
      clean: false,
      connectTimeout: CONNECT_MS,
      keepalive: KEEPALIVE_S,
      manualConnect: true,
      reconnectPeriod: 0,
      resubscribe: false,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(memory.has(OLDER)
        ? { protocolVersion: 4 }
        : {
            protocolVersion: 5,
            properties: { sessionExpiryInterval: SESSION_S, maximumPacketSize: MAX_PACKET_BYTES },
          }),
    });
    this.#client = client;
    // What is said of it afterwards is said by `close`.
    client.on("error", () => {});
    // A broker that knows us sends what we missed before it answers anything else, and waits until we have taken it.
    let delivered = () => {};
    const delivers = new Promise<void>((resolve) => {
      delivered = resolve;
    });
    client.handleMessage = (packet, done) => {
      delivered();
      const { payload, qos, dup, messageId } = packet;
      this.#inbox.push({
        bytes: Buffer.from(payload),
        id: this.#idOf(payload, qos > 0 ? messageId : undefined, dup),
        done: () => done(),
      });
    };
    const leave = () => void this.close();
    signal.addEventListener("abort", leave, { once: true });
    const opened = opening(client);
    client.connect();
    try {
      await opened;
      const subscribed = client.subscribeAsync(this.#topic, { qos: 1 }).then((granted) => {
        if (granted.some(({ qos }) => qos >= 128)) {
          throw Object.assign(new Error("not this topic"), { code: NOT_AUTHORIZED });
        }
      });
      subscribed.catch((cause) => this.#inbox.fail("ROOM_TOKEN_REFUSED", `${host}: not this topic`, cause));
      await Promise.race([subscribed, delivers]);
    } catch (cause) {
      client.end(true);
      const code = cause instanceof Error && "code" in cause ? Number(cause.code) : 0;
      if (older.has(code)) memory.set(OLDER, "");
      throw new RoomError(
        refusals.has(code) ? "ROOM_TOKEN_REFUSED" : "ROOM_UNREACHABLE",
        `own system ${this.#options.id}: ${host} does not let us in`,
        { cause },
      );
    }
    client.on("close", () =>
      this.#inbox.fail("ROOM_DROPPED", `own system ${this.#options.id}: the broker is gone`),
    );
  }

  /** A message that the broker sends twice has the same id twice: it says so, and numbers it as before. */
  #idOf(payload: Buffer | string, messageId: number | undefined, dup: boolean): string {
    const content = createHash("sha256").update(payload).digest("hex").slice(0, 32);
    const name = `${messageId} ${content}`;
    const { memory } = this.#options;
    const known = memory.get(name);
    if (dup && messageId !== undefined && known) return known;
    const id = `${content}-${Date.now()}-${++this.#serial}`;
    if (messageId !== undefined) {
      memory.delete(name);
      memory.set(name, id);
      const [oldest] = memory.keys();
      if (memory.size > REMEMBERED && oldest !== undefined) memory.delete(oldest);
    }
    return id;
  }

  async send(text: string): Promise<void> {
    await this.#client?.publishAsync(this.#topic, text, { qos: 1 });
  }

  receive() {
    return this.#inbox.read();
  }

  async close(): Promise<void> {
    this.#inbox.end();
    // What was taken is acknowledged before.
    setImmediate(() => this.#client?.end());
  }
}
