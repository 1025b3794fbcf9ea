import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { categories, categoryWords } from "../../clean/categories.ts";
import type { ImportReport } from "../../clean/rules/import.ts";
import type { RuleConfig } from "../../clean/rules/rule-schema.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { RuleEditor } from "./rule-editor.tsx";
import { explain, language, say } from "./words.ts";

const COUNTS_EVERY_MS = 5_000;
const MAX_FILE_BYTES = 8 << 20;

interface Counted {
  readonly hits: number;
  readonly falseHits: number;
}
type Counts = ReadonlyMap<string, Counted>;

async function countsNow(): Promise<Counts> {
  const { counts = [] } = await call<{
    counts?: readonly { source: string; hits?: number; falseHits?: number }[];
  }>("GET", "/api/clean/counts");
  return new Map(counts.map(({ source, hits = 0, falseHits = 0 }) => [source, { hits, falseHits }]));
}

/** Whether somebody who types this means the rule. */
function isMeant(rule: RuleConfig, search: string): boolean {
  const said =
    rule.kind === "text"
      ? [...rule.words, rule.expression ?? "", ...rule.allow]
      : [...rule.rooms, ...rule.authors];
  const category = Object.values(categoryWords[rule.category]);
  const text = [rule.id, rule.about, rule.source, ...category, ...said].join("\n").toLowerCase();
  return text.includes(search.trim().toLowerCase());
}

const summary = (rule: RuleConfig) =>
  rule.kind === "text"
    ? [...rule.words.slice(0, 6), ...(rule.expression ? [rule.expression] : [])].join("、")
    : [
        ...rule.rooms.slice(0, 3),
        ...rule.kinds.map((kind) => say.value(`kind_${kind}`)),
        ...(rule.perMinute !== undefined ? [`> ${rule.perMinute}/min`] : []),
        ...(rule.repeats !== undefined ? [`×${rule.repeats}`] : []),
      ].join("、");

function CountOf({ of }: { of: Counted | undefined }) {
  if (!of) return null;
  return (
    <span class="note">
      {of.hits} {say.value("hits")}
      {of.falseHits > 0 && ` · ${of.falseHits} ${say.value("falseHits")}`}
    </span>
  );
}

/** How often the lists found something. */
function ListCounts({ counts }: { counts: Counts }) {
  const lists = [...counts].flatMap(([source, count]) =>
    source.startsWith("list:") ? [{ list: source.slice("list:".length), count }] : [],
  );
  if (lists.length === 0) return null;
  const nameOf = (list: string) => {
    if (list === "own") return say.value("ownList");
    if (list === "checks") return say.value("checksList");
    const category = categories.find((one) => one === list);
    return category ? categoryWords[category][language.value] : list;
  };
  return (
    <details>
      <summary>{say.value("listCounts")}</summary>
      <ul class="plain">
        {lists.map(({ list, count }) => (
          <li key={list} class="row">
            <span class="grow">{nameOf(list)}</span>
            <CountOf of={count} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function ImportResult({ of: report }: { of: ImportReport }) {
  const parts = [
    ["importedWords", report.words],
    ["importedRules", report.rules],
    ["importedKnown", report.known],
    ["importedUsers", report.users],
    ["importedOthers", report.others],
    ["importedLong", report.tooLong],
    ["importedNoRoom", report.noRoom],
  ] as const;
  const said = parts
    .filter(([word, count]) => count > 0 || word === "importedWords")
    .map(([word, count]) => `${say.value(word)} ${count}`);
  return (
    <>
      <span>{said.join(language.value === "zh" ? "；" : "; ")}</span>
      {report.refused.length > 0 && (
        <ul class="plain">
          {report.refused.map((one) => (
            <li key={one}>
              {say.value("importedRefused")} {one}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The operator's rules: found, switched, changed, loaded and saved. */
export function Rules() {
  const error = useSignal("");
  const search = useSignal("");
  /** The rule that is edited; "": a new one. */
  const edited = useSignal<string | undefined>(undefined);
  const counts = useSignal<Counts>(new Map());
  const report = useSignal<ImportReport | undefined>(undefined);
  useEffect(() => {
    const ask = () =>
      void countsNow()
        .then((now) => {
          counts.value = now;
        })
        .catch(() => {});
    ask();
    const timer = setInterval(ask, COUNTS_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const rules = state.value?.clean?.rules ?? [];
  const found = rules.filter((rule) => isMeant(rule, search.value));
  const attempt = async (doing: () => Promise<void>) => {
    error.value = "";
    await doing().catch((refused) => {
      if (!(refused instanceof Refused)) {
        error.value = String(refused);
        return;
      }
      const { errors } = refused.details;
      error.value = [explain(refused.code), ...(Array.isArray(errors) ? errors.slice(0, 5) : [])].join(" ");
    });
  };
  const load = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = "";
    report.value = undefined;
    if (!file) return;
    await attempt(async () => {
      if (file.size > MAX_FILE_BYTES) throw new Refused("IMPORT_TOO_LARGE", {});
      const name = encodeURIComponent(file.name.slice(0, 80));
      report.value = await call<ImportReport>("POST", `/api/clean/import?name=${name}`, file);
    });
  };
  const remove = (id: string) => {
    if (!confirm(`${say.value("removeRuleConfirm")} ${id}`)) return;
    void attempt(async () => void (await call("DELETE", `/api/clean/rules/${id}`)));
  };
  const close = () => {
    edited.value = undefined;
  };
  return (
    <section class="card rules" aria-labelledby="rules">
      <h2 id="rules">
        {say.value("rules")} · {rules.length}
      </h2>
      <p class="note">{say.value("rulesNote")}</p>
      <input
        type="search"
        aria-label={say.value("searchRules")}
        placeholder={say.value("searchRules")}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
      {found.length === 0 && <p class="note">{say.value(rules.length === 0 ? "noRules" : "noRuleFound")}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ul class="plain rule-list" tabIndex={0} aria-labelledby="rules">
        {found.map((rule) => (
          <li key={rule.id}>
            <div class="row">
              <label class="switch">
                <input
                  type="checkbox"
                  checked={rule.enabled}
                  aria-label={`${say.value("switchedOn")} ${rule.id}`}
                  onChange={(event) =>
                    attempt(
                      async () =>
                        void (await call("PUT", "/api/clean/rules", {
                          ...rule,
                          enabled: event.currentTarget.checked,
                        })),
                    )
                  }
                />
              </label>
              <span class="grow">
                <strong>{rule.id}</strong>
                <span class="tag">{categoryWords[rule.category][language.value]}</span>
                <span class="note">{rule.about || summary(rule)}</span>
                <CountOf of={counts.value.get(`rule:${rule.id}`)} />
              </span>
              <button
                type="button"
                class="quiet"
                aria-label={`${say.value("edit")} ${rule.id}`}
                onClick={() => {
                  edited.value = rule.id;
                }}
              >
                {say.value("edit")}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={`${say.value("remove")} ${rule.id}`}
                onClick={() => remove(rule.id)}
              >
                {say.value("remove")}
              </button>
            </div>
            {edited.value === rule.id && <RuleEditor rule={rule} attempt={attempt} onDone={close} />}
          </li>
        ))}
      </ul>
      {edited.value === "" ? (
        <RuleEditor rule={undefined} attempt={attempt} onDone={close} />
      ) : (
        <button
          type="button"
          onClick={() => {
            edited.value = "";
          }}
        >
          {say.value("addRule")}
        </button>
      )}
      <p role="alert" class="error">
        {error.value}
      </p>
      <ListCounts counts={counts.value} />
      <label>
        <span>{say.value("importRules")}</span>
        <input type="file" accept=".txt,.xml,.json" onChange={(event) => load(event.currentTarget)} />
      </label>
      <div role="status">{report.value && <ImportResult of={report.value} />}</div>
      <p>
        <a href="/api/clean/export" download>
          {say.value("exportRules")}
        </a>
      </p>
    </section>
  );
}
