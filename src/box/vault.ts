import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config, LinkKeys } from "./config.ts";
import { isSealed, MARK } from "./vault-mark.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Whose a secret is. */
export interface SecretOwner {
  readonly kind: "room" | "source" | "sink";
  /** A room's platform. */
  readonly platform?: string;
  /** A room's id, the address of a source or sink. */
  readonly id: string;
}

/** What becomes of one secret; undefined: it is lost. */
type Change = (value: string, bound: string, owner: SecretOwner, name: string) => string | undefined;

/**
 * Seals the credentials of rooms and the keys of links before they are written (AES-256-GCM, each bound to its owner and
 * name), with a key that lies in another file. Who gets the configuration, a copy of it or a backup, gets no cookie, no
 * token and no key.
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

  /** Whether all secrets are sealed as they stand. */
  static isSealed(config: Config): boolean {
    let sealed = true;
    changeSecrets(config, (value) => {
      sealed &&= isSealed(value);
      return value;
    });
    return sealed;
  }

  /** As it may lie on a disk. */
  seal(config: Config): Config {
    return changeSecrets(config, (value, bound) => {
      // It could not be opened, and stays as it is.
      if (isSealed(value)) return value;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(bound));
      const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
      return MARK + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    });
  }

  /**
   * As it is used. What a person wrote in plain is taken as it is; `onLost` is told of what cannot be opened. Credentials
   * are left out then; keys stay sealed, so that their link does not open instead of going on unprotected.
   */
  unseal(config: Config, onLost: (owner: SecretOwner, name: string) => void): Config {
    return changeSecrets(config, (value, bound, owner, name) => {
      if (!isSealed(value)) return value;
      const bytes = Buffer.from(value.slice(MARK.length), "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(bound))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString();
      } catch {
        onLost(owner, name);
        return undefined;
      }
    });
  }
}

/** The configuration with each secret as `change` makes it. */
function changeSecrets(config: Config, change: Change): Config {
  const changeFor = (owner: SecretOwner, bound: readonly string[]) => (name: string, value: string) =>
    change(value, JSON.stringify([...bound, name]), owner, name);
  return {
    ...config,
    rooms: config.rooms.map((room) => {
      if (!room.credentials) return room;
      const { platform, id } = room;
      const made = changeFor({ kind: "room", platform, id }, [platform, id]);
      const changed = Object.entries(room.credentials).flatMap(([name, value]) => {
        const result = made(name, value);
        return result === undefined ? [] : [[name, result] as const];
      });
      return { ...room, credentials: Object.fromEntries(changed) };
    }),
    sources: config.sources.map((source) => {
      if (source.kind !== "rtp" || !source.keys) return source;
      const made = changeFor({ kind: "source", id: source.listen }, ["source", source.listen]);
      return { ...source, keys: changeKeys(source.keys, made) };
    }),
    sinks: config.sinks.map((sink) => {
      if (!sink.keys) return sink;
      const made = changeFor({ kind: "sink", id: sink.to }, ["sink", sink.to]);
      return { ...sink, keys: changeKeys(sink.keys, made) };
    }),
  };
}

const changeKeys = (
  { send, receive }: LinkKeys,
  made: (name: string, value: string) => string | undefined,
): LinkKeys => ({ send: made("send", send) ?? send, receive: made("receive", receive) ?? receive });
