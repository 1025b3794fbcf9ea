import { useSignal } from "@preact/signals";
import { sourceKinds, sourceStates, wordFor } from "../../catalogue/states.ts";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, language, say } from "./words.ts";

export function Sources() {
  const error = useSignal("");
  const sources = state.value?.sources ?? [];
  const allow = async (source: number, address: string) => {
    error.value = "";
    await call("POST", "/api/sources/allow", { source, address }).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  return (
    <section class="card">
      <h2>{say.value("sources")}</h2>
      {sources.length === 0 && <p class="note">{say.value("noSources")}</p>}
      <ol class="plain">
        {sources.map((source, index) => (
          <li key={`${source.kind}:${source.label}`}>
            <div class="row">
              <span class={`light ${source.state}`} aria-hidden="true" />
              <div class="grow">
                <strong>
                  {wordFor(sourceKinds, source.kind, language.value)} {source.label}
                </strong>
                <span class="note">
                  {wordFor(sourceStates, source.state, language.value)}
                  {source.state === "live" &&
                    ` · ${source.width}×${source.height} · ${source.fps?.toFixed(0)} fps`}
                  {source.sender && ` · ${say.value("from")} ${source.sender}`}
                  {source.lostPackets > 0 && ` · ${source.lostPackets} ${say.value("lost")}`}
                  {source.malformed > 0 && ` · ${source.malformed} ${say.value("malformed")}`}
                  {source.dropped > 0 && ` · ${source.dropped} ${say.value("damaged")}`}
                </span>
              </div>
              {source.onStage && <span class="tag">{say.value("onStage")}</span>}
            </div>
            {source.failure && <p class="error">{explain(source.failure)}</p>}
            {source.refused?.map((address: string) => (
              <p class="row" key={address}>
                <span class="grow">
                  {address} {say.value("refused")}
                </span>
                <button type="button" onClick={() => allow(index, address)}>
                  {say.value("allow")}
                </button>
              </p>
            ))}
          </li>
        ))}
      </ol>
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
