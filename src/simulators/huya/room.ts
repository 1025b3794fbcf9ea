import { Command, formatCommand } from "../../rooms/huya/messages.ts";
import { readTars, type WritableStruct, writeTars } from "../../rooms/huya/tars.ts";
import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const NAME = "feimu";

/** A Huya live room: the page, TARS over WebSocket. */
export class HuyaRoomSimulator extends RoomSimulator {
  readonly #presenter: string;

  constructor(presenter: string) {
    super();
    this.#presenter = presenter;
  }

  #push(uri: number, message: WritableStruct): Buffer {
    return formatCommand(
      Command.PUSH,
      writeTars({
        0: 5,
        1: uri,
        2: writeTars(message),
        4: `chat:${this.#presenter}`,
        5: BigInt(unique()) % 2n ** 63n,
      }),
    );
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    return sayings.map(({ kind, text = "", author = STRANGER, colour }) => {
      const uid = uidOf(author);
      switch (kind) {
        case "gift":
          return this.#push(6501, { 0: 20_277, 1: unique(), 2: 1, 4: uid, 6: author, 20: text });
        case "enter":
          return this.#push(6110, { 0: uid, 1: author });
        default:
          return this.#push(1400, {
            0: { 0: uid, 2: author, 4: "" },
            3: text,
            6: { 0: colour ?? -1 },
          });
      }
    });
  }

  protected packetOf(message: object): Buffer {
    const { uri, fields } = message as { uri: number; fields: WritableStruct };
    return this.#push(uri, fields);
  }

  protected garbage(): Buffer[] {
    return [
      Buffer.from("00071d0002000186a0616263", "hex"),
      formatCommand(Command.PUSH, Buffer.from("ffff", "hex")),
      this.#push(1400, { 0: "no struct", 3: [1] }),
    ];
  }

  protected session(client: Client): (bytes: Buffer) => void {
    return (bytes) => {
      const message = readTars(bytes);
      const data = message.get(1);
      if (message.get(0) === Command.REGISTER_GROUP) {
        const groups = Buffer.isBuffer(data) ? readTars(data).get(0) : undefined;
        const good = Array.isArray(groups) && groups.includes(`chat:${this.#presenter}`);
        if (!good || this.refusesAuth()) return client.end();
        client.send(formatCommand(Command.REGISTER_GROUP_ANSWER, Buffer.alloc(0)));
        client.join();
      } else if (message.get(0) === Command.HEARTBEAT) {
        client.send(formatCommand(Command.HEARTBEAT_ANSWER, Buffer.alloc(0)));
      }
      client.keep();
    };
  }

  protected answer({ pathname }: URL): HttpReply {
    if (pathname !== `/${NAME}` && pathname !== `/${this.#presenter}`) return "<html></html>";
    const state = `{"lp":${this.#presenter},"introduction":"飞幕演示直播间","isOn":true}`;
    return `<script>var TT_PROFILE_INFO = ${state};</script>`;
  }
}
