/** Numbers that are wrong in some way, in the widths of lengths and counts. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const tokens = [
  "__proto__",
  "constructor",
  '{"a":',
  "[[[[",
  '"\\ud800"',
  "9007199254740993",
  "-1",
  "1e999",
  "@=",
  "/",
  "\0",
];
const MAX_BYTES = 65_536;

/** Numbers from 0 to 1 that are the same for the same seed (xorshift32). */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A message with some of its bytes changed, taken out, doubled, or replaced by another one's. */
export function mutate(corpus: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(all: readonly T[]) => all[below(all.length)]!;
  let bytes = Buffer.from(pick(corpus));
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(bytes.length + 1);
    const end = at + below(Math.min(64, bytes.length - at + 1));
    switch (below(8)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = below(256);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
        break;
      case 5: {
        const other = pick(corpus);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))]);
        break;
      }
      case 6:
        if (at + 4 <= bytes.length) {
          if (random() < 0.5) bytes.writeUInt32LE(pick(extremes), at);
          else bytes.writeUInt32BE(pick(extremes), at);
        }
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(tokens)), bytes.subarray(at)]);
    }
  }
  return bytes.subarray(0, MAX_BYTES);
}
