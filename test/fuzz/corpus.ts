import { type SimulatedName, simulators } from "../../src/simulators/registry.ts";
import type { Saying } from "../../src/simulators/saying.ts";
import { bytesOf, readVectors } from "../vectors.ts";

const sayings: Saying[] = [
  { text: "弹幕 😂 @/\\" },
  { text: "[热]", author: "__proto__", colour: 0xff0000 },
  { kind: "gift", text: "辣条", price: 1 },
  { kind: "superChat", text: "加油", price: 30 },
  { kind: "guard", price: 198 },
  { kind: "enter" },
  { kind: "like" },
];
/** Files of test/vectors with bytes of a connection. */
const vectors: Partial<Record<SimulatedName, readonly string[]>> = {
  bilibili: ["bilibili-packets", "bilibili-malformed"],
  douyin: ["douyin-frames"],
  douyu: ["douyu-packets"],
  huya: ["huya-frames"],
  kuaishou: ["kuaishou-frames"],
};

/** What the simulator makes of a saying, and of garbage; it keeps them to itself otherwise. */
interface Packets {
  packets(sayings: readonly Saying[]): Uint8Array[];
  garbage(): Uint8Array[];
}

/** Short messages of a platform to begin with: those of its simulator and of the vectors. */
export function corpusOf(platform: SimulatedName): Buffer[] {
  const simulator = simulators[platform]("21452505") as unknown as Packets;
  const own = [...sayings.flatMap((saying) => simulator.packets([saying])), ...simulator.garbage()];
  const given = (vectors[platform] ?? []).flatMap((name) =>
    readVectors(name)
      .vectors.filter(({ hex, base64 }) => hex !== undefined || base64 !== undefined)
      .map(bytesOf),
  );
  return [...own.map((bytes) => Buffer.from(bytes)), ...given].filter(({ length }) => length < 16_384);
}
