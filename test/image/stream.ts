import { type ChildProcess, spawn } from "node:child_process";
import { BilibiliRoomSimulator } from "../../src/simulators/bilibili/room.ts";
import { guestAddress, hostAddress, type Machine, until } from "./machine.ts";

const room = "21452505";
const words = [
  "飞幕，弹幕飞过屏幕",
  "这个画面好清楚",
  "主播晚上好",
  "哈哈哈哈哈",
  "来了来了",
  "第一次来",
  "关注了",
  "加油加油",
];
/** Of one of the two viewers. */
export const green = { r: 0, g: 255, b: 102 };

/** What an evening is made of: a sender that streams to the box, and a room whose viewers talk. */
export class Stream {
  readonly #simulator = new BilibiliRoomSimulator(room);
  #ffmpeg: ChildProcess | undefined;
  #said = 0;

  /** Gives the box settings for both, and starts them. */
  async start(machine: Machine): Promise<void> {
    const port = await this.#simulator.listen(0, hostAddress);
    const endpoint = `http://${hostAddress}:${port}`;
    const config = {
      name: "test box",
      web: { host: "0.0.0.0", port: 80 },
      rooms: [{ platform: "bilibili", id: room, endpoints: { api: endpoint, live: endpoint } }],
      sources: [{ kind: "rtp", listen: "0.0.0.0:5004", allow: [hostAddress] }],
      display: { backend: "kms", width: 1280, height: 720, refreshHz: 60 },
    };
    await machine.run(
      `echo '${JSON.stringify(config)}' > /data/feimu/config.json && systemctl restart feimu-box feimu-stage feimu-media feimu-comments feimu-control`,
      240_000,
    );
    this.#ffmpeg = spawn(
      "ffmpeg",
      `-loglevel error -re -f lavfi -i gradients=size=640x360:rate=10:n=2:c0=0xc81e5a:c1=0x1e2ac8:speed=0.005:seed=1 -c:v libx264 -preset ultrafast -tune zerolatency
       -g 10 -f rtp rtp://${guestAddress}:5004`.split(/\s+/),
      { stdio: "ignore" },
    );
    await until("the room is connected", () => this.#simulator.clients > 0, 120_000);
  }

  /** One comment of each viewer. */
  say(): void {
    const colour = (green.r << 16) | (green.g << 8) | green.b;
    const next = () => words[this.#said++ % words.length] ?? "";
    this.#simulator.say({ text: next(), author: "观众甲", colour }, { text: next(), author: "观众乙" });
  }

  stop(): void {
    this.#ffmpeg?.kill("SIGKILL");
    this.#simulator.close();
  }
}
