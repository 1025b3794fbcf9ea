import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config, RoomConfig } from "./config.ts";

const MARK = "sealed:1:";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals the credentials of rooms before they are written (AES-256-GCM, each bound to its room and name), with a key that
 * lies in another file. Who gets the configuration, a copy of it or a backup, gets no cookie and no token.
 */
export class Vault {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /** The key is made when there is none, and again when it cannot be read: what it sealed is lost then. */
  static async open(keyFile: string): Promise<Vault> {
    const kept = await readFile(keyFile).catch(() => undefined);
    if (kept?.length === KEY_BYTES) return new Vault(kept);
    const key = randomBytes(KEY_BYTES);
    await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
    await writeFile(keyFile, key, { mode: 0o600, flush: true });
    return new Vault(key);
  }

  /** Whether all credentials are sealed as they stand. */
  static isSealed({ rooms }: Config): boolean {
    return rooms.every(({ credentials = {} }) =>
      Object.values(credentials).every((value) => value.startsWith(MARK)),
    );
  }

  /** As it may lie on a disk. */
  seal(config: Config): Config {
    return withCredentials(config, (value, bound) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(bound));
      const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
      return MARK + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    });
  }

  /** As it is used. What a person wrote in plain is taken as it is; `onLost` is told of what cannot be opened, which is left out. */
  unseal(config: Config, onLost: (room: RoomConfig, name: string) => void): Config {
    return withCredentials(config, (value, bound, room, name) => {
      if (!value.startsWith(MARK)) return value;
      const bytes = Buffer.from(value.slice(MARK.length), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(bound))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString();
      } catch {
        onLost(room, name);
        return undefined;
      }
    });
  }
}

/** The configuration with each credential as `change` makes it; undefined leaves it out. */
function withCredentials(
  config: Config,
  change: (value: string, bound: string, room: RoomConfig, name: string) => string | undefined,
): Config {
  return {
    ...config,
    rooms: config.rooms.map((room) => {
      if (!room.credentials) return room;
      const changed = Object.entries(room.credentials).flatMap(([name, value]) => {
        const bound = JSON.stringify([room.platform, room.id, name]);
        const made = change(value, bound, room, name);
        return made === undefined ? [] : [[name, made] as const];
      });
      return { ...room, credentials: Object.fromEntries(changed) };
    }),
  };
}
