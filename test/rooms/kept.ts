import { pino } from "pino";
import { parseConfig, type RoomConfig } from "../../src/box/config.ts";
import type { Comment } from "../../src/comments/comment.ts";
import { Budget } from "../../src/rooms/budget.ts";
import { type KeptStatus, RoomKeeper } from "../../src/rooms/keeper.ts";
import type { Post } from "../../src/rooms/post.ts";
import type { RoomAdapter } from "../../src/rooms/room.ts";
import type { RoomSimulator } from "../../src/simulators/room-simulator.ts";

const FIRST_DELAY_MS = 20;

/** A keeper of a simulated room, over real sockets. */
export class Kept<Simulator extends RoomSimulator> {
  readonly simulator: Simulator;
  readonly comments: Comment[] = [];
  readonly states: KeptStatus[] = [];
  readonly #stop = new AbortController();
  readonly #wakes = new Set<() => void>();
  #keeper: RoomKeeper | undefined;
  #ended: Promise<void> | undefined;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  get status(): KeptStatus {
    if (!this.#keeper) throw new Error("not started");
    return this.#keeper.status;
  }

  /** `room`: a room of the configuration, made when the simulator's ports are known. */
  async start(
    room: () => object,
    open: (config: RoomConfig) => Promise<RoomAdapter>,
    firstDelayMs?: number,
  ): Promise<void> {
    await this.simulator.listen(0);
    await this.keep(room(), open, firstDelayMs);
  }

  /** The same for a simulator that listens already. */
  async keep(
    room: object,
    open: (config: RoomConfig) => Promise<RoomAdapter>,
    firstDelayMs = FIRST_DELAY_MS,
  ): Promise<void> {
    const config = parseConfig({ rooms: [room] }).rooms[0]!;
    const wake = () => {
      if (this.#keeper) this.states.push(this.#keeper.status);
      for (const one of this.#wakes) one();
    };
    this.#keeper = new RoomKeeper(
      config,
      () => open(config),
      new Budget({ connections: 8, perSecond: 1_000 }),
      pino({ level: "silent" }),
      (comment) => {
        this.comments.push(comment);
        wake();
      },
      wake,
      () => 0,
    );
    this.#ended = this.#keeper.run(this.#stop.signal, firstDelayMs);
  }

  take(post: Post): number {
    if (!this.#keeper) throw new Error("not started");
    return this.#keeper.take(post);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wakes.add(resolve));
  }

  async untilState(state: string): Promise<void> {
    await this.until(() => this.status.state === state);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.simulator.close();
  }
}
