/** In place. */
export function softmax(logits: Float64Array | Float32Array): void {
  const highest = Math.max(...logits);
  let sum = 0;
  for (let at = 0; at < logits.length; at++) {
    const value = Math.exp((logits[at] ?? 0) - highest);
    logits[at] = value;
    sum += value;
  }
  for (let at = 0; at < logits.length; at++) logits[at] = (logits[at] ?? 0) / sum;
}

/** 0 to `count` - 1 in an order that depends on `seed` alone (mulberry32, Fisher-Yates). */
export function shuffled(count: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  let state = seed;
  for (let at = count - 1; at > 0; at--) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const other = ((mixed ^ (mixed >>> 14)) >>> 0) % (at + 1);
    const moved = order[at] ?? 0;
    order[at] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
