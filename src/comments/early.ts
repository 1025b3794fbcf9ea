import type { Comment } from "./comment.ts";

const MAX_IDS = 1_024;
const MAX_ROOMS = 64;

/** Ids that a platform took back: a comment that comes after its own retraction is never shown. Bounded; the oldest are forgotten. */
export class EarlyRetractions {
  readonly #rooms = new Map<string, Set<string>>();

  remember({ platform, room, retraction }: Comment): void {
    const ids = retraction?.commentIds ?? [];
    if (ids.length === 0) return;
    const key = `${platform}:${room}`;
    const known = this.#rooms.get(key) ?? new Set<string>();
    this.#rooms.delete(key);
    this.#rooms.set(key, known);
    const [oldestRoom] = this.#rooms.keys();
    if (this.#rooms.size > MAX_ROOMS && oldestRoom !== undefined) this.#rooms.delete(oldestRoom);
    for (const id of ids.slice(-MAX_IDS)) {
      known.delete(id);
      known.add(id);
    }
    for (const oldest of known) {
      if (known.size <= MAX_IDS) break;
      known.delete(oldest);
    }
  }

  has({ platform, room, id }: Pick<Comment, "platform" | "room" | "id">): boolean {
    return this.#rooms.get(`${platform}:${room}`)?.has(id) ?? false;
  }
}
