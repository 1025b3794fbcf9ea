import { FROM_SERVER, formatPacket, PacketReader } from "../../rooms/douyu/packets.ts";
import { formatStt, parseStt, type Stt } from "../../rooms/douyu/stt.ts";
import { type Client, type HttpReply, RoomSimulator } from "../room-simulator.ts";
import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const NAME = "feimu";
const GIFT = { id: "824", name: "荧光棒", priceInfo: { price: 10 } };
/** By the codes of `col`. */
const colours = [0xffffff, 0xff0000, 0x1e87f0, 0x7ac84b, 0xff7f00, 0x9b39f4, 0xff69b4];

const packet = (message: Stt) => formatPacket(formatStt(message), FROM_SERVER);

/** A Douyu live room: the page's HTTP calls, STT over WebSocket and TCP. */
export class DouyuRoomSimulator extends RoomSimulator {
  readonly #rid: string;

  constructor(rid: string) {
    super();
    this.#rid = rid;
  }

  #messageOf({ kind, text = "", author = STRANGER, price = 30, colour = 0xffffff }: Saying): Stt {
    const person = {
      rid: this.#rid,
      uid: uidOf(author),
      nn: author,
      level: 12,
      ic: "avatar/default",
      el: "",
    };
    switch (kind) {
      case "gift":
        return { type: "dgb", ...person, gfid: GIFT.id, gfn: text, gfcnt: 1, hits: 1, bcnt: 1, pid: "268" };
      case "superChat":
        return {
          type: "comm_chatmsg",
          vrid: unique(),
          btype: "voiceDanmu",
          chatmsg: { ...person, type: "chatmsg", txt: text },
          rid: this.#rid,
          cprice: price * 100,
          cet: 60,
          now: Date.now(),
        };
      case "guard":
        return { type: "odfbc", rid: this.#rid, uid: uidOf(author), nick: author, price: price * 100 };
      case "enter":
        return { type: "uenter", ...person };
      case "like":
        return { type: "blab", ...person, lbl: 1, bl: 2, bnn: "飞幕" };
      default: {
        const col = colours.indexOf(colour);
        return {
          type: "chatmsg",
          ...person,
          txt: text,
          cid: unique(),
          cst: Date.now(),
          ...(col > 0 && { col }),
        };
      }
    }
  }

  protected packets(sayings: readonly Saying[]): Buffer[] {
    return [Buffer.concat(sayings.map((saying) => packet(this.#messageOf(saying))))];
  }

  protected packetOf(message: object): Buffer {
    return packet(message as Stt);
  }

  protected garbage(): Buffer[] {
    return [
      packet('{"type":"chatmsg"}'),
      packet("type@=chatmsg/__proto__@=x/txt"),
      packet("type@=comm_chatmsg/btype@=voiceDanmu/chatmsg@=@/"),
    ];
  }

  protected session(client: Client, transport: "websocket" | "tcp"): (bytes: Buffer) => void {
    let loggedIn = false;
    const onText = (bytes: Buffer) => {
      const message = parseStt(bytes.toString());
      switch (message.get("type")) {
        case "loginreq":
          if (this.refusesAuth() || message.get("roomid") !== this.#rid) {
            client.send(packet({ type: "error", code: 4202 }));
            return client.end();
          }
          loggedIn = true;
          client.send(packet({ type: "loginres", userid: 0, live_stat: 1 }));
          break;
        case "joingroup":
          if (!loggedIn || message.get("gid") !== "-9999") return client.end();
          client.join();
          break;
        case "mrkl":
          client.send(packet({ type: "mrkl" }));
          break;
        case "logout":
          return client.end();
      }
      client.keep();
    };
    const reader = new PacketReader(onText, () => client.end());
    return (bytes) => {
      if (transport === "websocket") reader.read(bytes);
      else if (!reader.push(bytes)) client.end();
    };
  }

  protected answer({ pathname }: URL): HttpReply {
    switch (pathname) {
      case `/betard/${this.#rid}`:
        return {
          room: { room_id: Number(this.#rid), room_name: "飞幕演示直播间", show_status: 1, videoLoop: 0 },
        };
      case `/${NAME}`:
        return `<script>var $ROOM = {"roomInfo":{"rid":${this.#rid},"nickname":"飞幕"}}</script>`;
      case "/api/gift/v3/web/list":
        return { error: 0, msg: "success", data: { giftList: [GIFT] } };
      default:
        return pathname.startsWith("/betard/")
          ? { room: {} }
          : pathname.length > 1
            ? "<html></html>"
            : undefined;
    }
  }
}
