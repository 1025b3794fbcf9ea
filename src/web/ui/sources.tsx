import { useSignal } from "@preact/signals";
import { sourceKinds, sourceStates, wordFor } from "../../catalogue/states.ts";
import type { LiveState } from "../live-state.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { SourceForm } from "./source-form.tsx";
import { explain, language, say } from "./words.ts";

type Told = LiveState["sources"][number];

/** What is told of the sources; while nothing is, those of RTP as they are configured. */
function shownSources({ mediaAway, sources = [], linkSettings }: Partial<LiveState>): readonly Told[] {
  if (!mediaAway) return sources;
  return (linkSettings?.sources ?? []).map(({ listen }) => ({ kind: "rtp", label: listen }));
}

function SourceItem({ source, act }: { source: Told; act: (call: Promise<unknown>) => void }) {
  const { kind, label, failure } = source;
  const remove = () => {
    if (!confirm(`${say.value("removeSourceConfirm")} ${label}`)) return;
    act(call("DELETE", "/api/sources", { listen: label }));
  };
  return (
    <li>
      <div class="row">
        <span class={`light ${source.state ?? "idle"}`} aria-hidden="true" />
        <div class="grow">
          <strong>
            {wordFor(sourceKinds, kind, language.value)} {label}
          </strong>
          <span class="note">
            {source.state && wordFor(sourceStates, source.state, language.value)}
            {source.state === "live" && ` · ${source.width}×${source.height} · ${source.fps?.toFixed(0)} fps`}
            {source.sender && ` · ${say.value("from")} ${source.sender}`}
            {source.lostPackets > 0 && ` · ${source.lostPackets} ${say.value("lost")}`}
            {source.malformed > 0 && ` · ${source.malformed} ${say.value("malformed")}`}
            {source.dropped > 0 && ` · ${source.dropped} ${say.value("damaged")}`}
          </span>
        </div>
        {source.onStage && <span class="tag">{say.value("onStage")}</span>}
        {kind === "rtp" && (
          <button
            type="button"
            class="quiet"
            aria-label={`${say.value("remove")} ${wordFor(sourceKinds, kind, language.value)} ${label}`}
            onClick={remove}
          >
            {say.value("remove")}
          </button>
        )}
      </div>
      {failure && <p class="error">{explain(failure)}</p>}
      {source.refused?.map((address: string) => (
        <p class="row" key={address}>
          <span class="grow">
            {address} {say.value("refused")}
          </span>
          <button
            type="button"
            onClick={() => act(call("POST", "/api/sources/allow", { listen: label, address }))}
          >
            {say.value("allow")}
          </button>
        </p>
      ))}
    </li>
  );
}

export function Sources() {
  const error = useSignal("");
  const { mediaAway = false } = state.value ?? {};
  const shown = shownSources(state.value ?? {});
  const act = async (asked: Promise<unknown>) => {
    error.value = "";
    await asked.catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  return (
    <section class="card sources">
      <h2>{say.value("sources")}</h2>
      {mediaAway && <p class="note">{say.value("mediaAway")}</p>}
      {shown.length === 0 && !mediaAway && <p class="note">{say.value("noSources")}</p>}
      <ol class="plain">
        {shown.map((source) => (
          <SourceItem key={`${source.kind}:${source.label}`} source={source} act={act} />
        ))}
      </ol>
      <p role="alert" class="error">
        {error.value}
      </p>
      <details>
        <summary>{say.value("addSource")}</summary>
        <SourceForm />
      </details>
    </section>
  );
}
