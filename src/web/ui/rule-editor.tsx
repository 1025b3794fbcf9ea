import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { categories, categoryWords } from "../../clean/categories.ts";
import { boundaries, ruleActions, ruleKinds, spaces } from "../../clean/rules/choices.ts";
import type { RuleConfig } from "../../clean/rules/rule-schema.ts";
import { call } from "./api.ts";
import { DryRun } from "./dry-run.tsx";
import { fieldOfTime, ruleOf } from "./rule-form.ts";
import { language, say, type Word } from "./words.ts";

type Attempt = (doing: () => Promise<void>) => Promise<void>;

function Field({ label, children }: { label: Word; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label>
      <span>{say.value(label)}</span>
      {children}
    </label>
  );
}

function Choice<Value extends string>({
  label,
  name,
  values,
  chosen,
  wordOf,
}: {
  label: Word;
  name: string;
  values: readonly Value[];
  chosen: Value | undefined;
  wordOf: (value: Value) => string;
}) {
  return (
    <Field label={label}>
      <select name={name}>
        {values.map((value) => (
          <option key={value} value={value} selected={value === chosen}>
            {wordOf(value)}
          </option>
        ))}
      </select>
    </Field>
  );
}

const Lines = ({
  label,
  name,
  of = [],
}: {
  label: Word;
  name: string;
  of?: readonly string[] | undefined;
}) => (
  <Field label={label}>
    <textarea name={name} rows={2} defaultValue={of.join("\n")} />
  </Field>
);

function Count({
  label,
  name,
  min,
  max,
  of,
}: {
  label: Word;
  name: string;
  min: number;
  max: number;
  of?: number | undefined;
}) {
  return (
    <Field label={label}>
      <input
        name={name}
        type="number"
        min={min}
        max={max}
        defaultValue={of === undefined ? "" : String(of)}
      />
    </Field>
  );
}

/** What of a rule looks at texts. */
function TextFields({ rule }: { rule: Extract<RuleConfig, { kind: "text" }> | undefined }) {
  return (
    <>
      <Lines label="ruleWordsField" name="words" of={rule?.words} />
      <Field label="expression">
        <input name="expression" maxLength={1_000} spellcheck={false} defaultValue={rule?.expression ?? ""} />
      </Field>
      <Choice
        label="space"
        name="space"
        values={spaces}
        chosen={rule?.space ?? "normalised"}
        wordOf={(value) => say.value(`space_${value}`)}
      />
      <Choice
        label="boundary"
        name="boundary"
        values={boundaries}
        chosen={rule?.boundary ?? "ascii-word"}
        wordOf={(value) => say.value(`boundary_${value}`)}
      />
      <Count label="maxGap" name="maxGap" min={0} max={3} of={rule?.maxGap ?? 3} />
      <Lines label="requireWords" name="requireWords" of={rule?.require?.words} />
      <Count label="within" name="requireWithin" min={1} max={32} of={rule?.require?.within ?? 8} />
      <Lines label="forbidWords" name="forbidWords" of={rule?.forbid?.words} />
      <Count label="within" name="forbidWithin" min={1} max={32} of={rule?.forbid?.within ?? 8} />
      <Lines label="allowPhrases" name="allow" of={rule?.allow} />
    </>
  );
}

/** What of a rule looks at who says it. */
function ContextFields({ rule }: { rule: Extract<RuleConfig, { kind: "context" }> | undefined }) {
  return (
    <>
      <Lines label="inRooms" name="rooms" of={rule?.rooms} />
      <Lines label="byAuthors" name="authors" of={rule?.authors} />
      <fieldset>
        <legend>{say.value("ofKinds")}</legend>
        {ruleKinds.map((kind) => (
          <label key={kind} class="switch">
            <input
              type="checkbox"
              name="kinds"
              value={kind}
              defaultChecked={rule?.kinds.includes(kind) ?? false}
            />
            {say.value(`kind_${kind}`)}
          </label>
        ))}
      </fieldset>
      <Count label="perMinute" name="perMinute" min={1} max={120} of={rule?.perMinute} />
      <Count label="repeats" name="repeats" min={2} max={60} of={rule?.repeats} />
    </>
  );
}

/** A rule as a form; a new one when there is none. */
export function RuleEditor({
  rule,
  attempt,
  onDone,
}: {
  readonly rule: RuleConfig | undefined;
  readonly attempt: Attempt;
  readonly onDone: () => void;
}) {
  const kind = useSignal<RuleConfig["kind"]>(rule?.kind ?? "text");
  const form = useSignal<HTMLFormElement | null>(null);
  const read = () => ruleOf(new FormData(form.value!), rule?.enabled ?? true, rule?.source ?? "own");
  return (
    <form
      class="rule-editor"
      aria-label={rule?.id ?? say.value("addRule")}
      ref={(element) => {
        form.value = element;
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(async () => {
          await call("PUT", "/api/clean/rules", read());
          onDone();
        });
      }}
    >
      <Field label="ruleId">
        <input
          name="ruleId"
          required
          pattern="[a-z0-9][a-z0-9\-]{0,39}"
          defaultValue={rule?.id ?? ""}
          readOnly={rule !== undefined}
        />
      </Field>
      <Field label="ruleKind">
        <select
          name="kind"
          onChange={(event) => {
            kind.value = event.currentTarget.value === "context" ? "context" : "text";
          }}
        >
          <option value="text" selected={kind.value === "text"}>
            {say.value("kindText")}
          </option>
          <option value="context" selected={kind.value === "context"}>
            {say.value("kindContext")}
          </option>
        </select>
      </Field>
      <Choice
        label="category"
        name="category"
        values={categories}
        chosen={rule?.category ?? "custom"}
        wordOf={(category) => categoryWords[category][language.value]}
      />
      <Choice
        label="severity"
        name="severity"
        values={["1", "2", "3"] as const}
        chosen={`${rule?.severity ?? 2}`}
        wordOf={(severity) => say.value(`severity${severity}`)}
      />
      <Choice
        label="ruleAction"
        name="action"
        values={["", ...ruleActions] as const}
        chosen={rule?.action ?? ""}
        wordOf={(action) => say.value(action === "" ? "byDial" : `actionOf_${action}`)}
      />
      {kind.value === "text" ? (
        <TextFields rule={rule?.kind === "text" ? rule : undefined} />
      ) : (
        <ContextFields rule={rule?.kind === "context" ? rule : undefined} />
      )}
      <Field label="inForceFrom">
        <input name="from" type="datetime-local" defaultValue={fieldOfTime(rule?.from)} />
      </Field>
      <Field label="inForceUntil">
        <input name="until" type="datetime-local" defaultValue={fieldOfTime(rule?.until)} />
      </Field>
      <Field label="about">
        <input name="about" maxLength={200} defaultValue={rule?.about ?? ""} />
      </Field>
      <DryRun change={() => ({ rule: read() })} attempt={attempt} />
      <div class="row">
        <button type="submit">{say.value("save")}</button>
        <button type="button" class="quiet" onClick={onDone}>
          {say.value("cancel")}
        </button>
      </div>
    </form>
  );
}
