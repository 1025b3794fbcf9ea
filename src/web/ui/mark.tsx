import { useSignal } from "@preact/signals";
import { categoryWords } from "../../clean/categories.ts";
import { classes } from "../../clean/grade/features.ts";
import type { CommentLine } from "../live-state.ts";
import { call, Refused } from "./api.ts";
import { explain, language, say } from "./words.ts";

/** The operator's word on what a comment is: what is like it is judged so from now on, until it is taken back. */
export function Mark({ line: { text, authorId } }: { readonly line: CommentLine }) {
  const label = useSignal("");
  const error = useSignal("");
  const set = async (next: string) => {
    error.value = "";
    await call("POST", "/api/clean/mark", { text, label: next, author: authorId }).then(
      () => {
        label.value = next;
      },
      (refused) => {
        error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
      },
    );
  };
  return (
    <>
      <select
        class="mark"
        aria-label={`${say.value("mark")} ${text}`}
        value={label.value}
        onChange={(event) => set(event.currentTarget.value)}
      >
        <option value="">{say.value("markNone")}</option>
        {classes.map((name) => (
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
