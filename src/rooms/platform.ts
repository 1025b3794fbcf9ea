import type { RoomConfig } from "../box/config.ts";
import type { Words } from "../catalogue/states.ts";
import type { Tolerance } from "./budget.ts";
import type { RoomAdapter } from "./room.ts";

export const transports = ["websocket", "tcp"] as const;
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
  readonly tolerance: Tolerance;
  readonly credentials: Readonly<Record<string, Credential>>;
  /** The room in an address that a person copied; undefined when it is not of this platform. */
  idIn(address: URL): string | undefined;
  /** Loads the platform's code when the first of its rooms is opened. */
  open(config: RoomConfig): Promise<RoomAdapter>;
}
