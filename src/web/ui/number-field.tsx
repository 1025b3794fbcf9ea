import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly class: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly value: number;
  /** Said when the field is left or Enter is pressed. */
  readonly onSet: (value: number) => void;
}

/** A number of the box's. What is being typed stays, whatever the box says meanwhile of everything else. */
export function NumberField({ label, class: kind, name, min, max, step = 1, value, onSet }: Props) {
  const typed = useSignal<string | undefined>(undefined);
  useEffect(() => {
    typed.value = undefined;
  }, [value]);
  return (
    <label class={kind}>
      <span class="grow">{label}</span>
      <input
        type="number"
        name={name}
        min={min}
        max={max}
        step={step}
        value={typed.value ?? value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
        }}
        onChange={({ currentTarget }) => onSet(Number(currentTarget.value))}
      />
    </label>
  );
}
