/** An integer that a double cannot hold, somewhere outside a string (or looking so). */
const BIG_INTEGER = /[:[,]\s*-?(?:\d{17,}|9\d{15})/;

/** JSON with integers beyond 2^53 as strings, since they are ids and nanoseconds. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!BIG_INTEGER.test(text)) return JSON.parse(text);
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? "")
      ? context.source
      : value) as (key: string, value: unknown) => unknown);
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Readers with defaults: the platform's fields change their type and their arrays grow over the years. */
export function object(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown, fallback = ""): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : fallback;
}

export function number(value: unknown, fallback = 0): number {
  const result = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof result === "number" && Number.isFinite(result) ? result : fallback;
}

/** A count for a field of type uint32. */
export function count(value: unknown): number {
  return Math.min(0xffff_ffff, Math.max(0, Math.trunc(number(value))));
}

/** An id as text; "" for absent and for 0, which stands for "hidden". */
export function id(value: unknown): string {
  const text = string(value);
  return text === "0" ? "" : text.slice(0, 128);
}

/** The object itself, or the object written as JSON text, as some versions send it. */
export function objectOrText(value: unknown): JsonObject {
  if (typeof value !== "string") return object(value);
  if (value.length < 3) return {};
  try {
    return object(parseJson(value));
  } catch {
    return {};
  }
}
