import { encodeFields, formatPush, HEARTBEAT } from "../../rooms/douyin/frames.ts";
import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

/** A Douyin live room: pushes that want acks over WebSocket, to who comes with the signed address. */
export class DouyinRoomSimulator extends RoomSimulator {
  readonly #room: string;
  /** Pushes that a client has said it got. */
  acks = 0;

  constructor(room: string) {
    super();
    this.#room = room;
  }

  /** What the address must hold. */
  get path(): string {
    return `/webcast/im/push/v2/?room_id=${this.#room}&signature=simulated`;
  }

  protected override takesPath(path: string): boolean {
    return path === this.path;
  }

  #push(name: string, fields: object): Buffer {
    const id = unique();
    return formatPush([{ method: `Webcast${name}`, payload: encodeFields(name, fields), id }], id);
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    return sayings.map(({ kind, text = "", author = STRANGER }) => {
      const user = { id: uidOf(author), name: author };
      switch (kind) {
        case "gift":
          return this.#push("GiftMessage", {
            user,
            giftId: 463,
            repeatCount: 1,
            repeatEnd: 1,
            gift: { name: text, diamondCount: 1 },
          });
        case "enter":
          return this.#push("MemberMessage", { user });
        case "like":
          return this.#push("LikeMessage", { user, count: 1 });
        default:
          return this.#push("ChatMessage", { user, content: text });
      }
    });
  }

  protected packetOf(message: object): Buffer {
    const { name, fields } = message as { name: string; fields: object };
    return this.#push(name, fields);
  }

  protected garbage(): Buffer[] {
    return [
      Buffer.from("ffffff", "hex"),
      formatPush([{ method: "WebcastChatMessage", payload: Buffer.from("0fff", "hex"), id: "1" }], "1"),
    ];
  }

  protected session(client: Client): (bytes: Buffer) => void {
    if (this.refusesAuth()) client.end();
    else client.join();
    client.keep();
    return (bytes) => {
      if (bytes.equals(HEARTBEAT)) client.send(HEARTBEAT);
      else this.acks++;
      client.keep();
    };
  }

  protected answer(): HttpReply {
    return undefined;
  }
}
