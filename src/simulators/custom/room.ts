import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const kinds: Readonly<Record<NonNullable<Saying["kind"]>, string>> = {
  chat: "CHAT",
  gift: "GIFT",
  superChat: "SUPER_CHAT",
  guard: "GUARD",
  enter: "ENTER",
  like: "LIKE",
};

/** An operator's own system: a WebSocket that gives comments as JSON, with the fields of feimu.v1.Comment. */
export class CustomRoomSimulator extends RoomSimulator {
  protected packets(sayings: readonly Saying[]): Buffer[] {
    return sayings.map(({ kind = "chat", text = "", author = STRANGER, colour, price }) =>
      this.packetOf({
        id: unique(),
        kind: kinds[kind],
        author: { id: String(uidOf(author)), name: author },
        ...(kind === "gift" ? { gift: { name: text, count: 1 } } : { text }),
        ...(colour !== undefined && { colour }),
        ...(price !== undefined && { price: { milli: price * 1_000, currency: "CNY" } }),
      }),
    );
  }

  protected packetOf(message: object): Buffer {
    return Buffer.from(JSON.stringify(message));
  }

  protected garbage(): Buffer[] {
    return ["{", "[[[]]]", '{"text":{}}', "null", "\xff"].map((text) => Buffer.from(text, "latin1"));
  }

  protected session(client: Client): (bytes: Buffer) => void {
    if (this.refusesAuth()) {
      client.end();
    } else {
      client.join();
      client.keep();
    }
    return () => client.keep();
  }

  protected answer(): HttpReply {
    return undefined;
  }
}
