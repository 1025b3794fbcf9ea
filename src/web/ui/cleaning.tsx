import { useSignal } from "@preact/signals";
import { type Category, categoryWords } from "../../clean/categories.ts";
import type { CleanSettings } from "../../clean/judge.ts";
import { call, Refused } from "./api.ts";
import { DryRun } from "./dry-run.tsx";
import { state } from "./live.ts";
import { linesOf } from "./rule-form.ts";
import { explain, language, say, type Word } from "./words.ts";

const profiles = ["bar", "esports", "exhibition", "classroom"] as const;
const nameStyles = ["as-they-are", "masked", "numbered"] as const;
const strengths = ["strength1", "strength2", "strength3", "strength4"] as const;

interface Tried {
  readonly action?: number;
  readonly shown?: string;
  /** The likeliest first. */
  readonly grades?: readonly { readonly label: string; readonly likely?: number }[];
  readonly heldFor?: string;
  readonly hits?: readonly {
    readonly word: string;
    readonly category: Category;
    readonly form: string;
    readonly rule?: string;
    readonly action?: number;
  }[];
}

const actionWord = (action = 0): string => say.value(`action${action}` as Word);

const gradeWord = (label: string): string =>
  label in categoryWords ? categoryWords[label as Category][language.value] : say.value("markFine");
/** What stands for names, and which emotes nobody is shown. */
function Names({ of, set }: { of: CleanSettings; set: (change: object) => Promise<void> }) {
  const emotes = useSignal<string | undefined>(undefined);
  const blocked = emotes.value ?? (of.blockedEmotes ?? []).join("\n");
  return (
    <>
      <label class="range">
        <span>{say.value("names")}</span>
        <select
          value={of.names ?? ""}
          onChange={(event) => set({ names: event.currentTarget.value || null })}
        >
          <option value="">{say.value("namesUsual")}</option>
          {nameStyles.map((style) => (
            <option key={style} value={style}>
              {say.value(`names_${style}`)}
            </option>
          ))}
        </select>
      </label>
      <details>
        <summary>{say.value("blockedEmotes")}</summary>
        <textarea
          rows={3}
          aria-label={say.value("blockedEmotes")}
          value={blocked}
          onInput={(event) => {
            emotes.value = event.currentTarget.value;
          }}
        />
        <button type="button" onClick={() => set({ blockedEmotes: linesOf(blocked) })}>
          {say.value("save")}
        </button>
      </details>
    </>
  );
}

/** "How strict, for whom, which words", and what that does to a text. */
export function Cleaning() {
  const error = useSignal("");
  const words = useSignal<string | undefined>(undefined);
  const text = useSignal("");
  const tried = useSignal<Tried | undefined>(undefined);
  const settings = state.value?.clean;
  if (!settings) return null;
  const attempt = async (doing: () => Promise<void>) => {
    error.value = "";
    await doing().catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  const set = (change: object) =>
    attempt(async () => {
      await call("PATCH", "/api/clean", change);
      tried.value = undefined;
    });
  return (
    <section class="card" aria-labelledby="cleaning">
      <h2 id="cleaning">{say.value("cleaning")}</h2>
      <label class="range">
        <span>{say.value("profile")}</span>
        <select value={settings.profile} onChange={(event) => set({ profile: event.currentTarget.value })}>
          {profiles.map((profile) => (
            <option key={profile} value={profile}>
              {say.value(profile)}
            </option>
          ))}
        </select>
      </label>
      <label class="range">
        <span>{say.value("strength")}</span>
        <input
          type="range"
          min={1}
          max={4}
          step={1}
          value={settings.strength}
          aria-valuetext={say.value(strengths[settings.strength - 1]!)}
          onChange={(event) => set({ strength: Number(event.currentTarget.value) })}
        />
        <output>{say.value(strengths[settings.strength - 1]!)}</output>
      </label>
      <details>
        <summary>{say.value("ownWords")}</summary>
        <p class="note">{say.value("ownWordsHint")}</p>
        <textarea
          rows={6}
          aria-label={say.value("ownWords")}
          value={words.value ?? settings.words}
          onInput={(event) => {
            words.value = event.currentTarget.value;
          }}
        />
        <button type="button" onClick={() => set({ words: words.value ?? settings.words })}>
          {say.value("save")}
        </button>
        <DryRun change={() => ({ words: words.value ?? settings.words })} attempt={attempt} />
      </details>
      <Names of={settings} set={set} />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            tried.value = await call<Tried>("POST", "/api/clean/try", { text: text.value });
          });
        }}
      >
        <input
          class="grow"
          aria-label={say.value("tryText")}
          placeholder={say.value("tryText")}
          maxLength={2_000}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <button type="submit">{say.value("tryIt")}</button>
      </form>
      {tried.value && (
        <p class="tried" aria-live="polite">
          <strong>{actionWord(tried.value.action)}</strong> <span class="said">{tried.value.shown}</span>
          {tried.value.hits?.map(({ word, category, form, rule, action }) => (
            <span class="tag reason" key={`${word} ${form} ${rule}`}>
              {rule && `${rule} · `}
              {word} · {categoryWords[category][language.value]}
              {form !== "written" && ` · ${say.value(form as Word)}`} · {actionWord(action)}
            </span>
          ))}
          {tried.value.grades?.slice(0, 2).map(({ label, likely = 0 }) => (
            <span class={label === tried.value?.heldFor ? "tag reason" : "tag"} key={label}>
              {say.value("gradedAs")} {gradeWord(label)} {Math.round(likely * 100)} %
            </span>
          ))}
        </p>
      )}
      <p>
        <a href="/api/clean/marks" download>
          {say.value("marks")}
        </a>
      </p>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
