import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, say } from "./words.ts";

/** The box as a whole: its settings as a file, its warnings, the way out of safe mode, and back to a new box. */
export function System() {
  const error = useSignal("");
  const done = useSignal("");
  const attempt = async (what: () => Promise<unknown>, afterwards = "") => {
    error.value = "";
    done.value = "";
    try {
      await what();
      done.value = afterwards;
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { errors } = refused.details;
      error.value = [explain(refused.code), ...(Array.isArray(errors) ? errors.slice(0, 5) : [])].join(" ");
    }
  };
  const load = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    await attempt(async () => {
      let settings: object;
      try {
        settings = JSON.parse(await file.text());
      } catch {
        throw new Refused("CONFIG_UNREADABLE", {});
      }
      await call("PUT", "/api/config", settings);
    }, say.value("imported"));
  };
  const endEvent = async () => {
    if (confirm(say.value("endEventConfirm"))) {
      await attempt(() => call("POST", "/api/event/end", {}), say.value("eventEnded"));
    }
  };
  const reset = async () => {
    if (confirm(say.value("resetConfirm"))) {
      await attempt(() => call("POST", "/api/reset", {}), say.value("resetting"));
    }
  };
  return (
    <section class="card">
      <h2>{say.value("system")}</h2>
      {state.value?.safeMode && (
        <button type="button" onClick={() => attempt(() => call("DELETE", "/api/safe-mode"))}>
          {say.value("leaveSafeMode")}
        </button>
      )}
      <p>
        <a href="/api/config" download>
          {say.value("exportSettings")}
        </a>
      </p>
      <label>
        <span>{say.value("importSettings")}</span>
        <input type="file" accept=".json,application/json" onChange={(event) => load(event.currentTarget)} />
      </label>
      <p class="note">{say.value("settingsNote")}</p>
      <p>
        <a href="/api/warnings.txt" target="_blank" rel="noreferrer">
          {say.value("warnings")}
        </a>
      </p>
      <button type="button" class="quiet" onClick={endEvent}>
        {say.value("endEvent")}
      </button>
      <p class="note">{say.value("endEventNote")}</p>
      <button type="button" class="quiet" onClick={reset}>
        {say.value("reset")}
      </button>
      <p class="note">{say.value("resetNote")}</p>
      <p role="status">{done.value}</p>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
