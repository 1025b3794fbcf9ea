import type { RoomConfig } from "../../box/config.ts";
import { MessageError } from "../message.ts";
import { type Post, PostError } from "../post.ts";
import { type RoomAdapter, RoomError, type RoomInfo, type RoomListener } from "../room.ts";
import { Feed } from "./feed.ts";
import { type Delivery, openProtocol, type Protocol } from "./protocol.ts";

/** A room of the operator's own: whatever protocol brings it, its messages become comments in one way. */
export class CustomRoom implements RoomAdapter {
  readonly #config: RoomConfig;
  readonly #feed: Feed;
  readonly #memory = new Map<string, string>();
  readonly resumes: boolean;
  #protocol: Protocol | undefined;
  #serial = 0;
  #newest = "";

  constructor(config: RoomConfig) {
    this.#config = config;
    const { transport, feed } = config;
    this.resumes = ["mqtt", "long-poll", "grpc"].includes(transport ?? "");
    // gRPC has a contract of its own.
    this.#feed = new Feed({
      format: transport === "grpc" ? "protobuf" : (feed?.format ?? "json"),
      mapping: feed?.mapping,
    });
  }

  async resolve(): Promise<RoomInfo> {
    return { longId: this.#config.id, title: "", live: true, guest: false };
  }

  async run(_attempt: number, listener: RoomListener, signal: AbortSignal): Promise<void> {
    const protocol = await openProtocol(this.#config, {
      cursor: () => this.#feed.cursor || this.#newest,
      memory: this.#memory,
      onProblem: (problem) => listener.onProblem(problem),
    });
    try {
      await protocol.connect(signal);
      listener.onConnected();
      const { hello } = this.#config.feed ?? {};
      if (hello !== undefined) await protocol.send(hello);
      this.#protocol = protocol;
      listener.onAuthenticated();
      for await (const delivery of protocol.receive()) this.#take(delivery, listener);
      if (!signal.aborted)
        throw new RoomError("ROOM_DROPPED", `own system ${this.#config.id}: the other side ended`);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#protocol = undefined;
      await protocol.close();
    }
  }

  #take({ bytes, id, done }: Delivery, listener: RoomListener): void {
    const receivedMs = Date.now();
    const context = {
      platform: "custom",
      room: this.#config.id,
      receivedMs,
      nextId: () => `${receivedMs}-${++this.#serial}`,
    };
    try {
      for (const comment of this.#feed.read(bytes, id, context, listener.onProblem)) {
        this.#newest = comment.id;
        listener.onComment(comment);
      }
    } catch (error) {
      listener.onProblem(error instanceof MessageError ? error.message : String(error));
    }
    // After what was given is kept, which is in the next turn.
    if (done) setImmediate(done);
  }

  take(post: Post): number {
    if (!this.#protocol?.take) throw new PostError("POST_NOT_HERE", "this room is not posted to");
    return this.#protocol.take(post);
  }
}
