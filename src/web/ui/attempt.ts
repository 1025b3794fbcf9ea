import type { Signal } from "@preact/signals";
import { Refused } from "./api.ts";
import { byField } from "./link-form.ts";
import { explain, say, type Word } from "./words.ts";

/** What is wrong with a form, by field; under "" what is of no field. */
export type Errors = Readonly<Record<string, string>>;

/** Of an input of that name, whose FieldError stands under `ID-NAME-error`. */
export const fieldProps = (id: string, errors: Signal<Errors>) => (name: string) => ({
  "aria-invalid": errors.value[name] !== undefined,
  "aria-describedby": `${id}-${name}-error`,
});

/** Shows what the page itself finds wrong; returns whether it did. */
export function showFaults(faults: Readonly<Record<string, Word>>, errors: Signal<Errors>): boolean {
  const said = Object.entries(faults).map(([field, word]) => [field, say.value(word)]);
  errors.value = Object.fromEntries(said);
  return said.length > 0;
}

/** Says something to the box; `errors` has what it says against it. Resolves with whether it was taken. */
export async function attempt(
  act: Promise<unknown>,
  errors: Signal<Errors>,
  fields: readonly string[],
): Promise<boolean> {
  errors.value = {};
  try {
    await act;
    return true;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    const { errors: said } = refused.details;
    const found = byField(Array.isArray(said) ? said : [], fields);
    // What stands at a field needs no second word.
    const atField = Object.keys(found).some((field) => field !== "");
    const others = [atField ? "" : explain(refused.code), found[""]];
    errors.value = { ...found, "": others.filter(Boolean).join(" ") };
    return false;
  }
}
