import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { KeyPair } from "../link-routes.ts";
import { FieldError } from "./field-error.tsx";
import { keysForOther, makeKeys, parseKeys } from "./link-form.ts";
import { say } from "./words.ts";

/** A page over plain HTTP has no clipboard but this. */
async function copy(field: HTMLInputElement): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(field.value).then(
      () => true,
      () => false,
    );
  }
  field.select();
  return document.execCommand("copy");
}

export interface EnteredKeys {
  readonly keys: KeyPair;
  /** Made here: the other end has to be told. */
  readonly made: boolean;
}

interface Props {
  /** Begins the names of its fields' elements. */
  readonly id: string;
  /** There are keys already. */
  readonly keyed: boolean;
  /** What will be saved; undefined: as it is. */
  readonly entered: Signal<EnteredKeys | undefined>;
  readonly error: string | undefined;
  /** Takes them away; undefined: they cannot be. */
  readonly onRemove?: (() => void) | undefined;
}

/** Makes a pair for both ends, or takes the one that the other end made. Nothing here is kept on the page. */
export function LinkKeys({ id, keyed, entered, error, onRemove }: Props) {
  const copied = useSignal(false);
  const wrong = useSignal(false);
  const other = useRef<HTMLInputElement>(null);
  const made = entered.value?.made ? entered.value.keys : undefined;
  return (
    <fieldset>
      <legend>{say.value("linkKeys")}</legend>
      <p class="note">{say.value(keyed ? "keysSet" : "keysNone")}</p>
      <div class="row">
        <button
          type="button"
          class="quiet"
          onClick={() => {
            entered.value = { keys: makeKeys(), made: true };
            copied.value = false;
            wrong.value = false;
          }}
        >
          {say.value("keysMake")}
        </button>
        {keyed && onRemove && (
          <button
            type="button"
            class="quiet"
            onClick={() => confirm(say.value("keysRemoveConfirm")) && onRemove()}
          >
            {say.value("keysRemove")}
          </button>
        )}
      </div>
      {made ? (
        <div class="row">
          <label class="grow">
            <span>{say.value("keysForOther")}</span>
            <input ref={other} name="keysForOther" readOnly value={keysForOther(made)} />
          </label>
          <button
            type="button"
            onClick={async () => {
              copied.value = await copy(other.current!);
            }}
          >
            {say.value(copied.value ? "keysCopied" : "keysCopy")}
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              entered.value = undefined;
            }}
          >
            {say.value("cancel")}
          </button>
        </div>
      ) : (
        <label>
          <span>{say.value("keysPaste")}</span>
          <input
            name="keys"
            type="password"
            autocomplete="off"
            maxLength={600}
            aria-invalid={wrong.value || error !== undefined}
            aria-describedby={`${id}-keys-error`}
            onInput={({ currentTarget: field }) => {
              const keys = parseKeys(field.value);
              entered.value = keys && { keys, made: false };
              wrong.value = field.value.trim() !== "" && keys === undefined;
              // Not saved without them: the link would not be protected.
              field.setCustomValidity(wrong.value ? say.value("keysExpected") : "");
            }}
          />
        </label>
      )}
      <FieldError id={`${id}-keys-error`} text={wrong.value ? say.value("keysExpected") : error} />
    </fieldset>
  );
}
