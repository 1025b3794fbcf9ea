import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { Mark } from "./mark.tsx";
import { Reasons } from "./reasons.tsx";
import { explain, say } from "./words.ts";

/** What waits for the operator's word; nothing stands here while nothing waits. */
export function HeldComments() {
  const error = useSignal("");
  const held = state.value?.held ?? [];
  const judge = async (id: string, show: boolean) => {
    error.value = "";
    await call("POST", "/api/comments/judge", { id, show }).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  if (held.length === 0 && !error.value) return null;
  return (
    <section class="card held" aria-labelledby="held">
      <h2 id="held">
        {say.value("held")} · {held.length}
      </h2>
      <ul class="plain">
        {held.map((line) => {
          const { id, author, text, reasons } = line;
          return (
            <li key={id} class="row">
              <span class="grow said">
                {author && <span class="author">{author}</span>} {text} <Reasons of={reasons} />
              </span>
              <Mark line={line} />
              <button type="button" onClick={() => judge(id, true)}>
                {say.value("show")}
              </button>
              <button type="button" class="quiet" onClick={() => judge(id, false)}>
                {say.value("drop")}
              </button>
            </li>
          );
        })}
      </ul>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
