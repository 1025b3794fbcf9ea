import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { encodeMessage, lookupType } from "../rpc/proto.ts";
import { type Comment, Kind } from "./comment.ts";

const type = lookupType("feimu.v1.Comment");
const PAGE_BYTES = 4_096;
/** The archive never becomes larger; the oldest make room. */
const MAX_BYTES = 512 << 20;
/** Of what is kept, when the disk or the archive is full. */
const PRUNED_SHARE = 0.1;
const PAGE_ROWS = 500;
/** What a subscriber that returns is given at most; the newest. */
export const MAX_MISSED = 5_000;

/** The column came later than the table. */
const withKind = "ALTER TABLE comment ADD COLUMN kind INTEGER NOT NULL DEFAULT 0";
const schema = `
  CREATE TABLE IF NOT EXISTS room (
    key INTEGER PRIMARY KEY, platform TEXT NOT NULL, room TEXT NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (platform, room)
  );
  CREATE TABLE IF NOT EXISTS comment (
    room INTEGER NOT NULL, sequence INTEGER NOT NULL, id TEXT NOT NULL, author TEXT, receivedMs INTEGER NOT NULL, bytes BLOB,
    kind INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room, sequence)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS commentId ON comment (room, id);
`;

/** A comment that got its number, with its bytes as every subscriber gets them. */
export interface Kept {
  readonly comment: Comment;
  readonly bytes: Buffer;
}

/** A comment of the archive, as it was. */
export interface Erased {
  readonly room: number;
  readonly sequence: number;
  readonly author: string;
  readonly bytes: Buffer;
}

interface Room {
  /** In the database; undefined until something was kept. */
  key: number | undefined;
  sequence: number;
}

function numberedAs(comment: Comment, sequence: number): Kept {
  const numbered = { ...comment, sequence };
  return { comment: numbered, bytes: encodeMessage(type, numbered) };
}

/** Throws when it cannot be read. */
function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL");
    // Power that goes may take the last seconds, never more; waiting for the card each time would hold all comments up.
    database.exec("PRAGMA synchronous = NORMAL");
    database.exec(`PRAGMA max_page_count = ${MAX_BYTES / PAGE_BYTES}`);
    database.exec(schema);
    const columns = database.prepare("PRAGMA table_info(comment)").all();
    if (!columns.some(({ name }) => name === "kind")) database.exec(withKind);
    database.exec(
      `CREATE INDEX IF NOT EXISTS superChat ON comment (receivedMs) WHERE kind = ${Kind.SUPER_CHAT}`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Keeps what was published, and numbers it: 1, 2, 3 … in each room, on over restarts. What a platform repeats is known by its id. What was taken back
 * keeps its number and id, and nothing else. Every call is one transaction; what it has returned from survives the end of the process.
 */
export class Archive {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertRoom: StatementSync;
  readonly #number: StatementSync;
  readonly #rooms = new Map<string, Room>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT OR IGNORE INTO comment (room, sequence, id, author, receivedMs, bytes, kind) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#insertRoom = database.prepare("INSERT INTO room (platform, room, sequence) VALUES (?, ?, ?)");
    this.#number = database.prepare("UPDATE room SET sequence = ? WHERE key = ?");
    for (const row of database.prepare("SELECT * FROM room").all()) {
      const room = { key: Number(row.key), sequence: Number(row.sequence) };
      this.#rooms.set(`${row.platform}/${row.room}`, room);
    }
  }

  /** One that cannot be read is put aside as `comments.sqlite.broken`, and a new one begun: comments must not wait for it. */
  static open(folder: string): Archive {
    const file = join(folder, "comments.sqlite");
    try {
      return new Archive(openDatabase(file));
    } catch {
      for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
      renameSync(file, `${file}.broken`);
      return new Archive(openDatabase(file));
    }
  }

  close(): void {
    this.#database.close();
  }

  #room(platform: string, room: string): Room {
    const name = `${platform}/${room}`;
    const known = this.#rooms.get(name) ?? { key: undefined, sequence: 0 };
    this.#rooms.set(name, known);
    return known;
  }

  /** The room's key, made when it has none. */
  #keyOf(room: Room, { platform, room: id }: Comment): number {
    room.key ??= Number(this.#insertRoom.run(platform, id, room.sequence).lastInsertRowid);
    return room.key;
  }

  #transaction<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have ended it already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** All rooms that ever had a comment. */
  get rooms(): { readonly platform: string; readonly room: string }[] {
    return [...this.#rooms.keys()].map((name) => {
      const slash = name.indexOf("/");
      return { platform: name.slice(0, slash), room: name.slice(slash + 1) };
    });
  }

  /** The newest number of a room; 0 before its first comment. */
  newest(platform: string, room: string): number {
    return this.#rooms.get(`${platform}/${room}`)?.sequence ?? 0;
  }

  /**
   * Numbers comments and keeps them; what was there already is left out. `keep` false: they are numbered alone. Throws when the disk does
   * not take them: nothing was kept and no number was used then.
   */
  add(comments: readonly Comment[], keep = true): Kept[] {
    const before = [...this.#rooms.values()].map((room) => ({ room, ...room }));
    try {
      return this.#transaction(() => {
        const touched = new Set<Room>();
        const kept: Kept[] = [];
        for (const comment of comments) {
          const room = this.#room(comment.platform, comment.room);
          const key = this.#keyOf(room, comment);
          const numbered = numberedAs(comment, room.sequence + 1);
          if (keep) {
            const { id, author, receivedMs, kind } = comment;
            const row = [key, room.sequence + 1, id, author?.id || null, receivedMs, numbered.bytes, kind];
            if (this.#insert.run(...row).changes === 0) continue;
          }
          room.sequence++;
          touched.add(room);
          kept.push(numbered);
          if (comment.kind === Kind.RETRACT) this.#takeBack(key, comment);
        }
        for (const { sequence, key } of touched) this.#number.run(sequence, key!);
        return kept;
      });
    } catch (error) {
      for (const room of this.#rooms.values()) Object.assign(room, { key: undefined, sequence: 0 });
      for (const { room, key, sequence } of before) Object.assign(room, { key, sequence });
      throw error;
    }
  }

  /** Numbers comments in memory alone, for a disk that takes nothing: after a restart the numbers come again. */
  unkept(comments: readonly Comment[]): Kept[] {
    return comments.map((comment) =>
      numberedAs(comment, ++this.#room(comment.platform, comment.room).sequence),
    );
  }

  #takeBack(key: number, { retraction }: Comment): void {
    const blank = "UPDATE comment SET bytes = NULL, author = NULL WHERE room = ? AND";
    for (const id of retraction?.commentIds ?? []) this.#database.prepare(`${blank} id = ?`).run(key, id);
    if (retraction?.authorId) this.#database.prepare(`${blank} author = ?`).run(key, retraction.authorId);
    if (retraction?.wholeRoom) this.#database.prepare(`${blank} bytes NOT NULL`).run(key);
  }

  /** What is kept of an author in all rooms, the newest first. */
  ofAuthor(authorId: string, most: number): Erased[] {
    const query = "SELECT room, sequence, author, bytes FROM comment WHERE author = ? AND bytes NOT NULL";
    const rows = this.#database.prepare(`${query} ORDER BY receivedMs DESC LIMIT ${most}`).all(authorId);
    return rows.map(({ room, sequence, author, bytes }) => ({
      room: Number(room),
      sequence: Number(sequence),
      author: String(author),
      bytes: Buffer.from(bytes as Uint8Array),
    }));
  }

  /** Puts back what was taken back, where its number is still known. */
  restore(erased: readonly Erased[]): void {
    const put = this.#database.prepare(
      "UPDATE comment SET bytes = ?, author = ? WHERE room = ? AND sequence = ? AND bytes IS NULL",
    );
    this.#transaction(() => {
      for (const { bytes, author, room, sequence } of erased) put.run(bytes, author, room, sequence);
    });
  }

  /** The bytes of what came after a number, oldest first, at most MAX_MISSED. */
  since(platform: string, room: string, sequence: number): Buffer[] {
    const { key } = this.#rooms.get(`${platform}/${room}`) ?? {};
    if (key === undefined) return [];
    const query = "SELECT bytes FROM comment WHERE room = ? AND sequence > ? AND bytes NOT NULL";
    const rows = this.#database
      .prepare(`${query} ORDER BY sequence DESC LIMIT ${MAX_MISSED}`)
      .all(key, sequence);
    return rows.map(({ bytes }) => Buffer.from(bytes as Uint8Array)).toReversed();
  }

  /** The bytes of super chats that were received since, oldest first. */
  superChats(sinceMs: number): Buffer[] {
    const query = `SELECT bytes FROM comment WHERE kind = ${Kind.SUPER_CHAT} AND receivedMs >= ? AND bytes NOT NULL`;
    const rows = this.#database.prepare(`${query} ORDER BY receivedMs`).all(sinceMs);
    return rows.map(({ bytes }) => Buffer.from(bytes as Uint8Array));
  }

  /** The number before the first comment of a room that was received since, or before the newest `max` when there are more. */
  numberSince(platform: string, room: string, sinceMs: number, max: number): number {
    const { key, sequence = 0 } = this.#rooms.get(`${platform}/${room}`) ?? {};
    if (key === undefined) return sequence;
    const query = "SELECT sequence, receivedMs FROM comment WHERE room = ? AND bytes NOT NULL";
    let first = sequence;
    let rows = 0;
    for (const row of this.#database.prepare(`${query} ORDER BY sequence DESC LIMIT ?`).iterate(key, max)) {
      if (Number(row.receivedMs) < sinceMs) return first;
      first = Number(row.sequence) - 1;
      rows++;
    }
    return rows === 0 ? sequence : first;
  }

  /** All that is kept of a room after a number, oldest first. New ones may come meanwhile. */
  *all(platform: string, room: string, after = 0): Generator<Buffer> {
    const { key } = this.#rooms.get(`${platform}/${room}`) ?? {};
    if (key === undefined) return;
    const query = "SELECT sequence, bytes FROM comment WHERE room = ? AND sequence > ? AND bytes NOT NULL";
    const page = this.#database.prepare(`${query} ORDER BY sequence LIMIT ${PAGE_ROWS}`);
    for (let last = after; ; ) {
      const rows = page.all(key, last);
      for (const { bytes } of rows) yield Buffer.from(bytes as Uint8Array);
      if (rows.length < PAGE_ROWS) return;
      last = Number(rows.at(-1)?.sequence);
    }
  }

  /** Erases what was received before a time; 0 erases nothing. */
  prune(beforeMs: number): void {
    this.#transaction(() => {
      this.#database.prepare("DELETE FROM comment WHERE receivedMs < ?").run(beforeMs);
    });
    this.#database.exec("PRAGMA incremental_vacuum");
  }

  /** Erases the oldest tenth of each room. */
  makeRoom(): void {
    this.#transaction(() => {
      const oldest = this.#database.prepare(
        "DELETE FROM comment WHERE room = ? AND sequence < (SELECT min(sequence) + (max(sequence) - min(sequence)) * ? FROM comment WHERE room = ?)",
      );
      for (const { key } of this.#rooms.values()) if (key !== undefined) oldest.run(key, PRUNED_SHARE, key);
    });
  }

  /** Erases everything but the numbers. */
  clear(): void {
    this.#transaction(() => this.#database.exec("DELETE FROM comment"));
    this.#database.exec("PRAGMA incremental_vacuum");
  }
}
