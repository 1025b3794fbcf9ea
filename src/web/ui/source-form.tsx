import { useSignal } from "@preact/signals";
import type { KeyPair } from "../link-routes.ts";
import { call } from "./api.ts";
import { attempt, type Errors, fieldProps, showFaults } from "./attempt.ts";
import { FieldError } from "./field-error.tsx";
import { sourceFaults, sourceOf } from "./link-form.ts";
import { type EnteredKeys, LinkKeys } from "./link-keys.tsx";
import type { Source } from "./link-values.ts";
import { say } from "./words.ts";

const fields = ["listen", "allow", "keys"];
/** RTP's usual port; on every address of the box. */
const DEFAULT_LISTEN = "0.0.0.0:5004";

/** Adds a source that listens for another box. */
export function SourceForm() {
  const errors = useSignal<Errors>({});
  const entered = useSignal<EnteredKeys | undefined>(undefined);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const source = sourceOf(new FormData(form), entered.value?.keys);
    if (showFaults(sourceFaults(source), errors)) return;
    if (!(await attempt(call("POST", "/api/sources", source), errors, fields))) return;
    entered.value = undefined;
    form.reset();
  };
  const field = fieldProps("source-new", errors);
  return (
    <form onSubmit={add} class="link-form">
      <label>
        <span>{say.value("sourceListen")}</span>
        <input name="listen" maxLength={64} defaultValue={DEFAULT_LISTEN} required {...field("listen")} />
      </label>
      <FieldError id="source-new-listen-error" text={errors.value.listen} />
      <label>
        <span>{say.value("sourceAllow")}</span>
        <input name="allow" maxLength={1_024} placeholder="192.168.1.20" {...field("allow")} />
      </label>
      <FieldError id="source-new-allow-error" text={errors.value.allow} />
      <LinkKeys id="source-new" keyed={false} entered={entered} error={errors.value.keys} />
      <button type="submit">{say.value("add")}</button>
      <p role="alert" class="error">
        {errors.value[""]}
      </p>
    </form>
  );
}

/** The keys of an RTP source: only who has them may send to it. `sender` holds it, or held it last. */
export function SourceKeys({ source, sender }: { source: Source; sender: string | undefined }) {
  const { listen, keyed, open } = source;
  const errors = useSignal<Errors>({});
  const entered = useSignal<EnteredKeys | undefined>(undefined);
  const put = (keys: KeyPair | null) =>
    call("PUT", `/api/sources/${encodeURIComponent(listen)}/keys`, { keys });
  const allowInstead = async (address: string) => {
    await call("POST", "/api/sources/allow", { listen, address });
    await put(null);
  };
  return (
    <form
      class="link-form"
      onSubmit={async (event) => {
        event.preventDefault();
        const form = event.currentTarget;
        if (!entered.value || !(await attempt(put(entered.value.keys), errors, fields))) return;
        entered.value = undefined;
        form.reset();
      }}
    >
      <LinkKeys
        id={`source-${listen}`}
        keyed={keyed}
        entered={entered}
        error={errors.value.keys}
        onRemove={open ? () => attempt(put(null), errors, fields) : undefined}
      />
      {keyed && !open && (
        // Without keys and without anybody who may send the box refuses it: everybody could.
        <div class="row">
          <p class="note grow">{say.value(sender ? "keysNeededSender" : "keysNeeded")}</p>
          {sender && (
            <button
              type="button"
              class="quiet"
              onClick={() =>
                confirm(say.value("keysRemoveConfirm")) && attempt(allowInstead(sender), errors, fields)
              }
            >
              {say.value("keysAllowInstead")} {sender}
            </button>
          )}
        </div>
      )}
      <button type="submit" disabled={entered.value === undefined}>
        {say.value("save")}
      </button>
      <p role="alert" class="error">
        {errors.value[""]}
      </p>
    </form>
  );
}
