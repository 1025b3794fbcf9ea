import { type ChildProcess, execFile, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { benchProgram } from "./battery.ts";

const ip = async (...words: string[]) => (await promisify(execFile)("ip", words)).stdout;

export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: "LINK_NOT_PERMITTED" | "LINK_EMULATOR";
  constructor(code: LinkError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface LinkOptions {
  /** `[back:]t,kbps,delayMs,lossPct,queueMs[,jitterMs][,packets=N][,burst=PCT/LENGTH][,ecn=MS]`, t in seconds. */
  readonly steps: readonly string[];
  readonly seed?: number;
  /** File for a line a packet: way,inUs,outUs,bytes,queueUs,fate. */
  readonly trace?: string;
}

/** One direction, when the link has ended. */
export interface WayFigures {
  readonly offered: number;
  readonly offeredBytes: number;
  readonly lost: number;
  readonly dropped: number;
  readonly marked: number;
  readonly delivered: number;
  readonly deliveredBytes: number;
  readonly refused: number;
  /** More than 1 ms after their time, since this machine was busy. */
  readonly latePackets: number;
  readonly latestMs: number;
}

export interface LinkFigures {
  readonly forward: WayFigures;
  readonly back: WayFigures;
}

/** How much this machine itself delayed what went through. */
export const lateness = ({ forward, back }: LinkFigures) => ({
  latePackets: forward.latePackets + back.latePackets,
  latestMs: Math.max(forward.latestMs, back.latestMs),
});

export type Side = "a" | "b";
export const ADDRESSES: Readonly<Record<Side, string>> = { a: "10.77.0.1", b: "10.77.0.2" };

/** Namespaces of processes that are gone. */
const stale = (list: string) =>
  list.split("\n").flatMap((line) => {
    const [name, pid] = /^feimu-link-(\d+)-\w+/.exec(line) ?? [];
    if (name === undefined) return [];
    try {
      process.kill(Number(pid), 0);
      return [];
    } catch {
      return [name];
    }
  });

/**
 * Two network namespaces, joined by the link emulator alone; root only. They go with `close()`, with the end of this
 * process, and where it was killed with the next one that opens a link.
 */
export class LinkPair implements AsyncDisposable {
  readonly names: Readonly<Record<Side, string>>;
  readonly #removeNow = () => {
    for (const name of Object.values(this.names)) execFileSync("ip", ["netns", "delete", name]);
  };
  readonly #emulator: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #open = true;

  private constructor(names: Record<Side, string>, program: string, words: readonly string[]) {
    this.names = names;
    this.#emulator = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#emulator.stdout as Readable })[Symbol.asyncIterator]();
    process.once("exit", this.#removeNow);
  }

  /** @throws LinkError without the right to make namespaces, or when the emulator does not start. */
  static async open(options: LinkOptions): Promise<LinkPair> {
    const id = `feimu-link-${process.pid}-${randomBytes(3).toString("hex")}`;
    const names = { a: `${id}a`, b: `${id}b` };
    try {
      for (const name of stale(await ip("netns", "list"))) await ip("netns", "delete", name);
      for (const name of Object.values(names)) {
        await ip("netns", "add", name);
        await ip("-n", name, "link", "set", "lo", "up");
      }
    } catch (cause) {
      throw new LinkError("LINK_NOT_PERMITTED", "network namespaces cannot be made: run as root", { cause });
    }
    const program = process.env.FEIMU_LINKEMU ?? benchProgram("feimu-linkemu");
    const words = ["--commands", "-", "--seed", String(options.seed ?? 1)];
    if (options.trace !== undefined) words.push("--trace", options.trace);
    words.push(names.a, ADDRESSES.a, names.b, ADDRESSES.b, ...options.steps);
    const pair = new LinkPair(names, program, words);
    try {
      const failed = once(pair.#emulator, "error").then(([cause]) => {
        throw new LinkError("LINK_EMULATOR", `${program} does not start; scripts/build makes it`, { cause });
      });
      if ((await Promise.race([pair.#line(), failed])) === "ready") return pair;
      throw new LinkError("LINK_EMULATOR", "the link emulator did not become ready");
    } catch (error) {
      await pair.#remove();
      throw error;
    }
  }

  /** Starts a program at one end. */
  run(side: Side, program: string, words: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn("ip", ["netns", "exec", this.names[side], program, ...words], options);
  }

  /**
   * `[back] NAME VALUE …` from now on, e.g. `kbps 3000`; planned steps of that way are off. What then holds.
   * @throws LinkError for a command that is none.
   */
  async change(command: string): Promise<string> {
    this.#emulator.stdin?.write(`${command}\n`);
    const line = await this.#line();
    if (line.startsWith("error: ")) throw new LinkError("LINK_EMULATOR", line.slice(7));
    return line;
  }

  /** Ends the link; programs that were started at its ends are their starter's. */
  async close(): Promise<LinkFigures> {
    this.#emulator.kill("SIGTERM");
    try {
      return JSON.parse(await this.#line()) as LinkFigures;
    } finally {
      await this.#remove();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.close();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new LinkError("LINK_EMULATOR", "the link emulator has ended; it says why on stderr");
    return value;
  }

  async #remove(): Promise<void> {
    this.#open = false;
    process.off("exit", this.#removeNow);
    for (const name of Object.values(this.names)) await ip("netns", "delete", name);
  }
}
