import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { UpdateStatus } from "../../update/updates.ts";
import { call, Refused } from "./api.ts";
import { explain, say } from "./words.ts";

const ASK_EVERY_MS = 2_000;

/** A newer system: from a file that the operator has, or from an address. */
export function Update() {
  const status = useSignal<(UpdateStatus & { address: string }) | undefined>(undefined);
  const file = useSignal<File | undefined>(undefined);
  const force = useSignal(false);
  const sending = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const ask = async () => {
      status.value = await call<UpdateStatus & { address: string }>("GET", "/api/update").catch(
        () => status.value,
      );
    };
    void ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const bring = async (transfer: () => Promise<unknown>) => {
    failure.value = undefined;
    sending.value = true;
    try {
      await transfer();
    } catch (error) {
      failure.value = error instanceof Refused ? error.code : "BOX_UNREACHABLE";
    } finally {
      sending.value = false;
    }
  };
  const query = force.value ? "?force=1" : "";
  const upload = async (event: Event) => {
    event.preventDefault();
    const bundle = file.value;
    if (bundle) await bring(() => call("POST", `/api/update${query}`, bundle));
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const address = String(new FormData(event.currentTarget as HTMLFormElement).get("address")).trim();
    failure.value = undefined;
    await call("PUT", "/api/update/address", { address }).catch((error) => {
      failure.value = error instanceof Refused ? error.code : "BOX_UNREACHABLE";
    });
  };
  const { phase = "none", percent = 0, reason = "", last = "", address = "" } = status.value ?? {};
  const code = failure.value ?? (phase === "refused" ? "UPDATE_REFUSED" : undefined);
  const busy = sending.value || phase === "installing" || phase === "waiting";
  return (
    <section class="card">
      <h2>{say.value("update")}</h2>
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
      {code && (
        <p class="error" role="alert">
          {explain(code)} {reason && <small>{reason}</small>}
        </p>
      )}
      <form onSubmit={upload}>
        <label>
          <span>{say.value("updateFile")}</span>
          <input
            type="file"
            accept=".raucb"
            onChange={(event) => {
              file.value = event.currentTarget.files?.[0];
            }}
          />
        </label>
        <label class="switch">
          <input
            type="checkbox"
            checked={force.value}
            onChange={(event) => {
              force.value = event.currentTarget.checked;
            }}
          />
          <span>{say.value("updateForce")}</span>
        </label>
        <button type="submit" disabled={!file.value || busy}>
          {say.value("updateNow")}
        </button>
      </form>
      <form onSubmit={save}>
        <label>
          <span>{say.value("updateAddress")}</span>
          <input
            type="url"
            name="address"
            maxLength={2048}
            placeholder="https://"
            key={address}
            defaultValue={address}
          />
        </label>
        <div class="row">
          <button type="submit" class="quiet">
            {say.value("updateSave")}
          </button>
          <button
            type="button"
            disabled={address === "" || busy}
            onClick={() => bring(() => call("POST", `/api/update/fetch${query}`, {}))}
          >
            {say.value("updateFetch")}
          </button>
        </div>
      </form>
    </section>
  );
}
