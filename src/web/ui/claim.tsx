import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { explain, say } from "./words.ts";

export function Claim({ onClaimed }: { onClaimed: () => void }) {
  const error = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    busy.value = true;
    error.value = "";
    try {
      await call("POST", "/api/claim", { pin: String(new FormData(form).get("pin")) });
      onClaimed();
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
    <section class="card narrow">
      <h2>{say.value("claimTitle")}</h2>
      <p>{say.value("claimNote")}</p>
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
          {say.value("enter")}
        </button>
      </form>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
