import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeConfig } from "../box/config.ts";

/** Longest time that a session lives unused while another one is used. */
const IDLE_MS = 180 * 24 * 3_600_000;
/** Uses are written down this often at most. */
const TOUCH_MS = 3_600_000;
const MAX_SESSIONS = 64;

const schema = z.array(
  z.strictObject({
    id: z.string(),
    hash: z.string(),
    device: z.string(),
    createdMs: z.number(),
    usedMs: z.number(),
  }),
);

export type Session = z.infer<typeof schema>[number];

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * Who may control the box. Kept on disk as hashes, so that who reads the disk gets no session. The box has an owner
 * while there is a session; when the last one is revoked it is new again.
 */
export class Sessions {
  readonly #file: string;
  readonly #now: () => number;
  #sessions: Session[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  /** Nobody is let in by a file that cannot be read: it counts as empty, and the box as new. */
  static async open(file: string, now: () => number): Promise<Sessions> {
    const sessions = new Sessions(file, now);
    try {
      sessions.#sessions = schema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch {
      sessions.#sessions = [];
    }
    return sessions;
  }

  get owned(): boolean {
    return this.list().length > 0;
  }

  /**
   * Sessions that were used within half a year of the one that was used last. Time alone ends none: a box whose clock was
   * wrong, or that lay in a cupboard, must not become anybody's.
   */
  list(): readonly Session[] {
    const nowMs = this.#now();
    // What was used while the clock was ahead was used now at the latest.
    const usedMs = (session: Session) => Math.min(session.usedMs, nowMs);
    const oldest = Math.max(...this.#sessions.map(usedMs)) - IDLE_MS;
    return this.#sessions.filter((session) => usedMs(session) > oldest);
  }

  /** Returns the token, which is kept nowhere here. */
  async create(device: string): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    const nowMs = this.#now();
    const session = {
      id: randomBytes(8).toString("hex"),
      hash: hashOf(token),
      device: device.slice(0, 80),
      createdMs: nowMs,
      usedMs: nowMs,
    };
    this.#sessions = [...this.list(), session].slice(-MAX_SESSIONS);
    await this.#write();
    return token;
  }

  /** The session of a token, or undefined. */
  find(token: string | undefined): Session | undefined {
    if (!token) return undefined;
    const hash = hashOf(token);
    const session = this.list().find((one) => one.hash === hash);
    if (session && Math.abs(this.#now() - session.usedMs) > TOUCH_MS) {
      session.usedMs = this.#now();
      void this.#write().catch(() => {});
    }
    return session;
  }

  async revoke(id: string): Promise<void> {
    this.#sessions = this.#sessions.filter((session) => session.id !== id);
    await this.#write();
  }

  /** Resolves when every use so far is written down, or could not be. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** One after the other, so that an older list never lands on a newer one. */
  #write(): Promise<void> {
    const write = this.#writing.then(() => writeConfig(this.#file, this.#sessions));
    this.#writing = write.catch(() => {});
    return write;
  }
}
