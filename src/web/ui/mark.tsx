import { computed, useSignal } from "@preact/signals";
import { categoryWords } from "../../clean/categories.ts";
import { classes } from "../../clean/grade/features.ts";
import type { CommentLine } from "../live-state.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, language, say } from "./words.ts";

/** What is kept of a text. */
const MAX_TEXT = 200;

const labels = computed(
  () => new Map(state.value?.marked?.texts.map(({ text, label }) => [text, label] as const)),
);
const fine = computed(() => new Set(state.value?.marked?.fine));

const labelOf = ({ dotted, id, text }: CommentLine) =>
  dotted ? (fine.value.has(id) ? "normal" : "") : (labels.value.get(text.slice(0, MAX_TEXT)) ?? "");

/**
 * The operator's word on what a comment is: what is like it is judged so from now on, until it is taken back. Of what stands there with dots
 * nothing can be learned but that the rule was wrong.
 */
export function Mark({ line }: { readonly line: CommentLine }) {
  const { id, text, authorId, dotted } = line;
  const error = useSignal("");
  const set = async (label: string) => {
    error.value = "";
    const mark = { label, author: authorId, key: id, ...(!dotted && { text }) };
    await call("POST", "/api/clean/mark", mark).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  const value = labelOf(line);
  return (
    <>
      <select
        class={value ? "mark set" : "mark"}
        aria-label={`${say.value("mark")} ${text}`}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
      >
        <option value="">{say.value("markNone")}</option>
        {(dotted ? (["normal"] as const) : classes).map((name) => (
          <option key={name} value={name}>
            {name === "normal" ? say.value("markFine") : categoryWords[name][language.value]}
          </option>
        ))}
      </select>
      {error.value && (
        <span role="alert" class="error">
          {error.value}
        </span>
      )}
    </>
  );
}
