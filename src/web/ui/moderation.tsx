import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { decideAuthor } from "./decide.ts";
import { state } from "./live.ts";
import { NumberField } from "./number-field.tsx";
import { explain, language, say, type Word } from "./words.ts";

interface Entry {
  readonly timeMs: number;
  readonly by: string;
  readonly decision: string;
  readonly key: string;
}

const strengths: readonly Word[] = ["strength1", "strength2", "strength3", "strength4"];
const fields = [
  { key: "safetyS", word: "safety", max: 10 },
  { key: "slowS", word: "slow", max: 600 },
  { key: "authorPer10s", word: "authorRate", max: 1_000 },
] as const;

const decisionText = (decision: string) =>
  decision
    .split(" ")
    .map((word) => say.value(word as Word))
    .join(" ");

/** Time and people: how long a moderator has, how fast somebody may talk, who is known, who decided what. */
export function Moderation() {
  const error = useSignal("");
  const entries = useSignal<readonly Entry[]>([]);
  const settings = state.value?.clean;
  const { authors = [], strength = 0, attended = true, ...counts } = state.value?.moderation ?? {};
  if (!settings) return null;
  const set = async (change: object) => {
    error.value = "";
    await call("PATCH", "/api/clean", change).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  const readLog = async () => {
    entries.value = await call<Entry[]>("GET", "/api/moderation/log").catch(() => entries.value);
  };
  return (
    <section class="card moderation" aria-labelledby="moderation">
      <h2 id="moderation">{say.value("moderation")}</h2>
      {fields.map(({ key, word, max }) => (
        <NumberField
          key={key}
          label={say.value(word)}
          class="number"
          name={key}
          min={0}
          max={max}
          value={settings[key]}
          onSet={(value) => set({ [key]: value })}
        />
      ))}
      <label class="switch">
        <input
          type="checkbox"
          name="unattended"
          checked={settings.unattended}
          onChange={(event) => set({ unattended: event.currentTarget.checked })}
        />
        {say.value("unattended")}
      </label>
      <p class="note">
        {say.value("inForce")} {say.value(strengths[strength - 1] ?? "strength2")}
        {!attended && ` · ${say.value("nobodyThere")}`}
      </p>
      <p class="note">
        {say.value("limited")} {counts.limited ?? 0} · {say.value("refusedComments")} {counts.refused ?? 0} ·{" "}
        {say.value("unjudged")} {counts.unjudged ?? 0}
      </p>
      <details>
        <summary>
          {say.value("knownAuthors")} · {authors.length}
        </summary>
        <ul class="plain">
          {authors.map(({ authorId, standing }: { authorId: string; standing: number }) => (
            <li key={authorId} class="row">
              <span class="grow">
                <code>{authorId.slice(0, 8)}</code>{" "}
                <span class="tag">{say.value(standing === 2 ? "blocked" : "trusted")}</span>
              </span>
              <button
                type="button"
                class="quiet"
                aria-label={`${say.value("clear")} ${authorId.slice(0, 8)}`}
                onClick={() => decideAuthor("clear", authorId)}
              >
                {say.value("clear")}
              </button>
            </li>
          ))}
        </ul>
      </details>
      <details onToggle={(event) => event.currentTarget.open && void readLog()}>
        <summary>{say.value("decisionLog")}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
        <ol class="plain log" tabIndex={0} aria-label={say.value("decisionLog")}>
          {entries.value.map(({ timeMs, by, decision, key }) => (
            <li key={`${timeMs} ${key}`}>
              {new Date(timeMs).toLocaleTimeString(language.value)} · {by} · {decisionText(decision)} ·{" "}
              <code>{key}</code>
            </li>
          ))}
        </ol>
      </details>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
