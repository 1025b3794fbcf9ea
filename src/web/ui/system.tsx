import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { failures } from "../../catalogue/failures.ts";
import type { UpdateStatus } from "../../update/updates.ts";
import { call, Refused } from "./api.ts";
import { language, say } from "./words.ts";

const ASK_EVERY_MS = 2_000;

/** What runs, and a newer one: a file that the operator has. */
export function System() {
  const status = useSignal<UpdateStatus | undefined>(undefined);
  const file = useSignal<File | undefined>(undefined);
  const force = useSignal(false);
  const sending = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const ask = async () => {
      status.value = await call<UpdateStatus>("GET", "/api/update").catch(() => status.value);
    };
    void ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const send = async (event: Event) => {
    event.preventDefault();
    if (!file.value) return;
    failure.value = undefined;
    sending.value = true;
    try {
      const response = await fetch(`/api/update${force.value ? "?force=1" : ""}`, {
        method: "POST",
        body: file.value,
        headers: { "content-type": "application/octet-stream" },
      });
      if (!response.ok) throw new Refused((await response.json()).code, {});
    } catch (error) {
      failure.value = error instanceof Refused ? error.code : "BOX_UNREACHABLE";
    } finally {
      sending.value = false;
    }
  };
  const { phase = "none", percent = 0, reason = "", last = "" } = status.value ?? {};
  const code = failure.value ?? (phase === "refused" ? "UPDATE_REFUSED" : undefined);
  const entry = code && code in failures ? failures[code as keyof typeof failures] : undefined;
  return (
    <section class="card">
      <h2>{say.value("system")}</h2>
      <p role="status">
        {sending.value
          ? say.value("updateSending")
          : phase === "installing" || phase === "waiting"
            ? `${say.value("updateInstalling")} ${percent} %`
            : phase === "installed"
              ? say.value("updateInstalled")
              : say.value("updateNone")}
      </p>
      {last && (
        <p class="note">
          {say.value("updateLast")} {last}
        </p>
      )}
      {entry && (
        <p class="error" role="alert">
          {entry.cause[language.value]} {entry.next[language.value]} {reason && <small>{reason}</small>}
        </p>
      )}
      <form onSubmit={send}>
        <label>
          {say.value("updateFile")}
          <input
            type="file"
            accept=".raucb"
            onChange={(event) => {
              file.value = event.currentTarget.files?.[0];
            }}
          />
        </label>
        <label class="row">
          <input
            type="checkbox"
            checked={force.value}
            onChange={(event) => {
              force.value = event.currentTarget.checked;
            }}
          />
          {say.value("updateForce")}
        </label>
        <button type="submit" disabled={!file.value || sending.value || phase === "installing"}>
          {say.value("updateNow")}
        </button>
      </form>
    </section>
  );
}
