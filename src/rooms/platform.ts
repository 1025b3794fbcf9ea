import type { RoomConfig } from "../box/config.ts";
import type { Words } from "../catalogue/states.ts";
import type { Tolerance } from "./budget.ts";
import type { RoomAdapter } from "./room.ts";

/** How the messages of platforms come. */
const sockets = ["websocket", "tcp"] as const;
export type SocketTransport = (typeof sockets)[number];
/** Those of the operator's own systems, and of guests. */
export const transports = [...sockets, "webhook", "long-poll", "mqtt", "grpc", "coap", "page"] as const;
export type Transport = (typeof transports)[number];

/** Something that only the user has: a cookie, a token. Kept here, never shown again. */
export interface Credential {
  readonly words: Words;
  /** Without it the room cannot be opened. */
  readonly required: boolean;
}

/** What no platform was seen to mind. */
export const usualTolerance: Tolerance = { connections: 50, perSecond: 4 };

/** A streaming platform: what its rooms need to be told, and how they are opened. One line in the registry. */
export interface Platform {
  readonly words: Words;
  readonly id: {
    readonly pattern: RegExp;
    /** Follows "expected", e.g. "digits". */
    readonly expected: string;
  };
  /** The first one is the default. */
  readonly transports: readonly Transport[];
  /** Names of the hosts that another one may stand for: a proxy, a test server. */
  readonly endpoints: readonly string[];
  /** Of its endpoints' addresses, e.g. "mqtts:"; http: and https: where nothing is said. None: nothing is connected to. */
  readonly schemes?: Readonly<Partial<Record<Transport, readonly string[]>>>;
  /** Its rooms are called what the user likes. */
  readonly named?: boolean;
  /** Its endpoints must be given, and how its messages are read may be. */
  readonly own?: boolean;
  readonly tolerance: Tolerance;
  readonly credentials: Readonly<Record<string, Credential>>;
  /** The room in an address that a person copied; undefined when it is not of this platform. */
  idIn(address: URL): string | undefined;
  /** Loads the platform's code when the first of its rooms is opened. */
  open(config: RoomConfig): Promise<RoomAdapter>;
}
