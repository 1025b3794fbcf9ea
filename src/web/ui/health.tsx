import { processStates, wordFor } from "../../catalogue/states.ts";
import { state } from "./live.ts";
import { language, say } from "./words.ts";

export function Health() {
  const { processes = [], stage = {}, viewers = 0 } = state.value ?? {};
  return (
    <section class="card">
      <h2>{say.value("health")}</h2>
      <ul class="plain">
        {processes.map(({ name, state: now, restarts }) => (
          <li key={name} class="row">
            <span class={`light ${now}`} aria-hidden="true" />
            <strong class="grow">{name}</strong>
            <span class="note">
              {wordFor(processStates, now, language.value)}
              {restarts > 0 && ` · ${restarts} ${say.value("restarts")}`}
            </span>
          </li>
        ))}
      </ul>
      {/* It has none before the stage has drawn, and while it is away. */}
      {stage.width > 0 && (
        <p class="note">
          {say.value("display")}: {stage.width}×{stage.height} · {stage.fps?.toFixed(0)} /{" "}
          {Number(stage.refreshHz?.toFixed(2))} fps · {say.value("ahead")} {stage.depth} (
          {((1000 * (stage.depth ?? 1)) / (stage.refreshHz ?? 60)).toFixed(0)} ms) · {stage.missedFlips ?? 0}{" "}
          {say.value("missedFlips")} · {viewers} {say.value("viewers")}
        </p>
      )}
    </section>
  );
}
