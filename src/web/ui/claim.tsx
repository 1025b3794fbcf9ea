import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { explain, say } from "./words.ts";

/** A form for the PIN on the display. */
export function PinForm({ path, button, onDone }: { path: string; button: string; onDone: () => void }) {
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    busy.value = true;
    error.value = "";
    try {
      await call("POST", path, { pin: String(new FormData(form).get("pin")) });
      onDone();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      const { triesLeft, waitMs } = refused.details;
      error.value = explain(refused.code);
      if (typeof triesLeft === "number") error.value += ` ${say.value("triesLeft")} ${triesLeft}`;
      if (typeof waitMs === "number")
        error.value += ` ${say.value("waitSeconds")} ${Math.ceil(waitMs / 1000)}`;
      form.reset();
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <form onSubmit={submit} class="row">
        <label class="grow">
          <span>{say.value("pin")}</span>
          <input
            name="pin"
            class="pin"
            inputMode="numeric"
            autocomplete="one-time-code"
            pattern="[0-9 ]{8,9}"
            maxLength={9}
            required
          />
        </label>
        <button type="submit" disabled={busy.value}>
          {button}
        </button>
      </form>
      <p role="alert" class="error">
        {error.value}
      </p>
    </>
  );
}

export function Claim({ onClaimed }: { onClaimed: () => void }) {
  return (
    <section class="card narrow">
      <h2>{say.value("claimTitle")}</h2>
      <p>{say.value("claimNote")}</p>
      <PinForm path="/api/claim" button={say.value("enter")} onDone={onClaimed} />
    </section>
  );
}

/** Four starts in a row ended at once: somebody may have lost every device that was let in. */
export function Rescue() {
  const done = useSignal(false);
  return (
    <section class="card narrow">
      <h2>{say.value("rescueTitle")}</h2>
      <p>{say.value(done.value ? "resetting" : "rescueNote")}</p>
      {!done.value && (
        <PinForm
          path="/api/rescue/reset"
          button={say.value("reset")}
          onDone={() => {
            done.value = true;
          }}
        />
      )}
    </section>
  );
}
