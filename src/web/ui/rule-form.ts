/** One a line; what is empty goes. */
export const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** A time as the browser's field has it, without a zone, from one with a zone; "": none. */
export function fieldOfTime(time: string | undefined): string {
  if (!time) return "";
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What the form says, as the box's configuration has it; fields that are left empty are left out. */
export function ruleOf(form: FormData, enabled: boolean, source: string): object {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const lines = (name: string) => linesOf(text(name));
  const count = (name: string) => (text(name) === "" ? undefined : Number(text(name)));
  const time = (name: string) => (text(name) === "" ? undefined : new Date(text(name)).toISOString());
  const beside = (name: string) =>
    lines(`${name}Words`).length === 0
      ? undefined
      : { words: lines(`${name}Words`), within: count(`${name}Within`) ?? 8 };
  const common = {
    id: text("ruleId"),
    enabled,
    about: text("about"),
    category: text("category"),
    severity: Number(text("severity")),
    action: text("action") || undefined,
    from: time("from"),
    until: time("until"),
    source,
  };
  const isContext = text("kind") === "context";
  const rule = isContext
    ? {
        kind: "context",
        ...common,
        rooms: lines("rooms"),
        authors: lines("authors"),
        kinds: form.getAll("kinds").map(String),
        perMinute: count("perMinute"),
        repeats: count("repeats"),
      }
    : {
        kind: "text",
        ...common,
        words: lines("words"),
        expression: text("expression") || undefined,
        space: text("space"),
        boundary: text("boundary"),
        maxGap: count("maxGap") ?? 3,
        require: beside("require"),
        forbid: beside("forbid"),
        allow: lines("allow"),
      };
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}
