import { type Link, stagesOf } from "./link-values.ts";
import { say } from "./words.ts";

export function LinkStages({ link }: { link: Link }) {
  const stages = stagesOf(link);
  const sum = stages.reduce((total, { ms }) => total + ms, 0);
  if (stages.length === 0) return null;
  return (
    <div class="stages">
      <p class="plot-title">
        <strong>{say.value("stages")}</strong>
        <span>
          <b>{sum.toFixed(1)} ms</b> {say.value("stagesNote")}
        </span>
      </p>
      <div class="stage-bar" aria-hidden="true">
        {stages.map(({ name, ms }) => (
          <span key={name} class={name} style={{ flexGrow: sum > 0 ? ms / sum : 1 }} />
        ))}
      </div>
      <p class="plot-title">
        {stages.map(({ name, ms }) => (
          <span key={name}>
            <i class={name} /> {say.value(name)} <b>{ms.toFixed(1)}</b>
          </span>
        ))}
      </p>
      {stages.some(({ name }) => name === "stagePath") && (
        <p class="plot-title">{say.value("stagesPathNote")}</p>
      )}
    </div>
  );
}
