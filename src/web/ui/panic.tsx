import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, say } from "./words.ts";

/** A function key: no field takes it as text, and no assistive technology is in its way. */
const KEY = "F9";

/** Covers the picture, clears the stage and holds all that comes; pressed again, it ends that. */
export function PanicButton() {
  const error = useSignal("");
  const on = state.value?.panic ?? false;
  const press = async () => {
    error.value = "";
    await call("POST", "/api/panic", { on: !(state.value?.panic ?? false) }).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== KEY || event.repeat) return;
      event.preventDefault();
      void press();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <button type="button" class={on ? "panic on" : "panic"} aria-keyshortcuts={KEY} onClick={press}>
        {say.value(on ? "panicEnd" : "panic")} <kbd>{KEY}</kbd>
      </button>
      <span role="alert" class="error">
        {error.value}
      </span>
    </>
  );
}
