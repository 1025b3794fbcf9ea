import { useSignal } from "@preact/signals";
import { call } from "./api.ts";
import { Reasons } from "./reasons.tsx";
import { say, type Word } from "./words.ts";

interface Result {
  readonly judged?: number;
  readonly complete?: boolean;
  readonly changes?: readonly {
    readonly before?: number;
    readonly after?: number;
    readonly count?: number;
  }[];
  readonly sample?: readonly {
    readonly text?: string;
    readonly shown?: string;
    readonly before?: number;
    readonly after?: number;
    readonly reasons?: readonly string[];
  }[];
}

const HOURS = 2;
const action = (number = 0) => say.value(`action${number}` as Word);

/** "What would have happened to the last hours?" `change` says what is tried; `attempt` shows what went wrong. */
export function DryRun({
  change,
  attempt,
}: {
  readonly change: () => object;
  readonly attempt: (doing: () => Promise<void>) => Promise<void>;
}) {
  const result = useSignal<Result | undefined>(undefined);
  const running = useSignal(false);
  const run = () =>
    attempt(async () => {
      running.value = true;
      result.value = undefined;
      try {
        result.value = await call<Result>("POST", "/api/clean/dry-run", { ...change(), hours: HOURS });
      } finally {
        running.value = false;
      }
    });
  const { judged = 0, complete, changes = [], sample = [] } = result.value ?? {};
  const changed = changes.reduce((sum, { count = 0 }) => sum + count, 0);
  return (
    <div class="dry-run">
      <button type="button" class="quiet" disabled={running.value} onClick={run}>
        {say.value("dryRun")}
      </button>
      <div role="status">
        {result.value && (
          <>
            <p>
              {judged} {say.value("dryRunJudged")} <strong>{changed}</strong> {say.value("dryRunChanged")}
              {changes.map(({ before, after, count }) => (
                <span class="tag" key={`${before} ${after}`}>
                  {action(before)} → {action(after)} · {count}
                </span>
              ))}
            </p>
            {!complete && <p class="note">{say.value("dryRunPart")}</p>}
            <ul class="plain sample">
              {sample.map(({ text, shown, after, reasons = [] }, index) => (
                <li key={`${index} ${text}`}>
                  <span>{text}</span>
                  {shown !== text && <span> → {shown}</span>}
                  <span class="tag">{action(after)}</span>
                  <Reasons of={reasons} />
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
