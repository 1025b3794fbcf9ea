/** Makes the next version's form of a configuration. Never throws: what it does not know it leaves to the check. */
export type Migration = (config: Readonly<Record<string, unknown>>) => Record<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** 2: what only the user has stands in `credentials`, whatever the platform; `endpoints` holds addresses alone. */
const roomsOfEveryPlatform: Migration = (config) => ({
  ...config,
  ...(Array.isArray(config.rooms) && {
    rooms: config.rooms.map((room: unknown) => {
      if (!isObject(room)) return room;
      const { cookie, endpoints, ...rest } = room;
      const { allowPlain, ...addresses } = isObject(endpoints) ? endpoints : {};
      return {
        ...rest,
        ...(cookie !== undefined && { credentials: { cookie } }),
        ...(endpoints !== undefined && { endpoints: isObject(endpoints) ? addresses : endpoints }),
        ...(allowPlain !== undefined && { allowPlain }),
      };
    }),
  }),
});

/** What changed in the configuration's form, oldest first: the first one makes version 2 of version 1. */
export const migrations: readonly Migration[] = [roomsOfEveryPlatform];

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
