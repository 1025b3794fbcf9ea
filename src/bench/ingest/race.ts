const ROUNDS = 9;

/** Reads all frames; returns how many messages were in them. */
export type Runner = () => number | Promise<number>;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Messages a second of processor time, all threads counted. */
async function rate(run: Runner): Promise<number> {
  const before = process.cpuUsage();
  const messages = await run();
  const { user, system } = process.cpuUsage(before);
  return (messages / (user + system)) * 1e6;
}

/** Messages a second and core of each, in turn on the same machine; the median of the rounds. */
export async function race<Name extends string>(
  runners: Readonly<Record<Name, Runner>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(runners) as Name[];
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) rates.get(name)?.push(await rate(runners[name]));
  }
  return Object.fromEntries(names.map((name) => [name, Math.round(median(rates.get(name) ?? []))])) as Record<
    Name,
    number
  >;
}

export const times = (ours: number, peer: number) => Number((ours / peer).toFixed(2));
