import { useSignal } from "@preact/signals";
import { call } from "./api.ts";
import { attempt, type Errors, fieldProps, showFaults } from "./attempt.ts";
import { FieldError } from "./field-error.tsx";
import { sinkFaults, sinkOf } from "./link-form.ts";
import { type EnteredKeys, LinkKeys } from "./link-keys.tsx";
import type { Sink } from "./link-values.ts";
import { say } from "./words.ts";

const DEFAULT_KBPS = 4_000;
const sinkFields = ["to", "kbps", "oneWay", "keys"];

/** Adds a sink, or changes `sink`. */
export function SinkForm({ sink }: { sink?: Sink }) {
  const errors = useSignal<Errors>({});
  const entered = useSignal<EnteredKeys | undefined>(undefined);
  const oneWay = useSignal(sink?.oneWay ?? false);
  const id = sink ? `sink-${sink.to}` : "sink-new";
  const path = sink ? `/api/sinks/${encodeURIComponent(sink.to)}` : "/api/sinks";
  const method = sink ? "PATCH" : "POST";
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = { ...sinkOf(new FormData(form)), ...(entered.value && { keys: entered.value.keys }) };
    if (showFaults(sinkFaults(body), errors)) return;
    if (!(await attempt(call(method, path, body), errors, sinkFields))) return;
    entered.value = undefined;
    const typed = form.elements.namedItem("keys");
    if (typed instanceof HTMLInputElement) typed.value = "";
    if (sink) return;
    form.reset();
    oneWay.value = false;
  };
  const remove = () => {
    if (!confirm(`${say.value("removeLinkConfirm")} ${sink?.to}`)) return;
    void attempt(call("DELETE", path), errors, sinkFields);
  };
  const field = fieldProps(id, errors);
  return (
    <form onSubmit={save} class="link-form">
      <div class="row">
        <label class="grow">
          <span>{say.value("linkAddress")}</span>
          <input
            name="to"
            maxLength={64}
            placeholder="192.168.1.30:5004"
            defaultValue={sink?.to ?? ""}
            required
            {...field("to")}
          />
        </label>
        <label>
          <span>{say.value("linkKbps")}</span>
          <input
            name="kbps"
            type="number"
            min={200}
            max={100_000}
            step={1}
            defaultValue={String(sink?.kbps ?? DEFAULT_KBPS)}
            required
            {...field("kbps")}
          />
        </label>
      </div>
      <FieldError id={`${id}-to-error`} text={errors.value.to} />
      <FieldError id={`${id}-kbps-error`} text={errors.value.kbps} />
      <label class="switch">
        <input
          type="checkbox"
          name="oneWay"
          checked={oneWay.value}
          onChange={({ currentTarget: { checked } }) => {
            oneWay.value = checked;
          }}
          {...field("oneWay")}
        />
        <span>{say.value("linkOneWay")}</span>
      </label>
      {oneWay.value && <p class="warning">{say.value("linkOneWayWarning")}</p>}
      <FieldError id={`${id}-oneWay-error`} text={errors.value.oneWay} />
      <LinkKeys
        id={id}
        keyed={sink?.keyed ?? false}
        entered={entered}
        error={errors.value.keys}
        onRemove={() => attempt(call("PATCH", path, { keys: null }), errors, sinkFields)}
      />
      <div class="row">
        <button type="submit">{say.value(sink ? "save" : "add")}</button>
        {sink && (
          <button
            type="button"
            class="quiet"
            aria-label={`${say.value("remove")} ${sink.to}`}
            onClick={remove}
          >
            {say.value("remove")}
          </button>
        )}
      </div>
      <p role="alert" class="error">
        {errors.value[""]}
      </p>
    </form>
  );
}
