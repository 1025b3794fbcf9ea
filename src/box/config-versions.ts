/** Makes the next version's form of a configuration. Never throws: what it does not know it leaves to the check. */
export type Migration = (config: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** What changed in the configuration's form, oldest first: the first one makes version 2 of version 1. */
export const migrations: readonly Migration[] = [];

/** Of a configuration without a number: the form before there were numbers. */
const FIRST = 1;

export const currentVersion = (steps: readonly Migration[] = migrations) => FIRST + steps.length;

/** The number in a configuration; undefined for what is none. */
export function versionOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { version = FIRST } = value as { version?: unknown };
  return Number.isInteger(version) && (version as number) >= FIRST ? (version as number) : undefined;
}

/** Brings an older configuration to today's form; anything else comes back as it is. */
export function migrate(value: unknown, steps: readonly Migration[] = migrations): unknown {
  const version = versionOf(value);
  if (version === undefined || version >= currentVersion(steps)) return value;
  const config = steps
    .slice(version - FIRST)
    .reduce((before, step) => step(before), value as Record<string, unknown>);
  return { ...config, version: currentVersion(steps) };
}
