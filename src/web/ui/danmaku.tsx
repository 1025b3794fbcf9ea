import { useSignal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { state } from "./live.ts";
import { explain, say } from "./words.ts";

const ranges = [
  { key: "opacity", min: 0, max: 1, step: 0.05, show: (value: number) => `${Math.round(value * 100)} %` },
  { key: "area", min: 0.1, max: 1, step: 0.05, show: (value: number) => `${Math.round(value * 100)} %` },
  { key: "speed", min: 0.25, max: 4, step: 0.05, show: (value: number) => `${value} ×` },
  { key: "fontPx", min: 12, max: 128, step: 1, show: (value: number) => `${value} px` },
  { key: "maxOnScreen", min: 0, max: 1000, step: 10, show: (value: number) => String(value) },
] as const;
const switches = ["enabled", "outline", "emotes", "superChats", "gifts", "guards", "enters"] as const;

export function Danmaku() {
  const error = useSignal("");
  const settings = state.value?.danmaku ?? {};
  const set = async (change: Record<string, number | boolean>) => {
    error.value = "";
    await call("PATCH", "/api/danmaku", change).catch((refused) => {
      error.value = refused instanceof Refused ? explain(refused.code) : String(refused);
    });
  };
  return (
    <section class="card">
      <h2>{say.value("danmaku")}</h2>
      {switches.map((key) => (
        <label class="switch" key={key}>
          <input
            type="checkbox"
            checked={settings[key] ?? true}
            onChange={(event) => set({ [key]: event.currentTarget.checked })}
          />
          <span>{say.value(key)}</span>
        </label>
      ))}
      {ranges.map(({ key, min, max, step, show }) => (
        <label class="range" key={key}>
          <span>{say.value(key)}</span>
          <input
            type="range"
            min={min}
            max={max}
            step={step}
            value={settings[key] ?? min}
            aria-valuetext={show(settings[key] ?? min)}
            onInput={(event) => set({ [key]: Number(event.currentTarget.value) })}
          />
          <output>{show(settings[key] ?? min)}</output>
        </label>
      ))}
      <p role="alert" class="error">
        {error.value}
      </p>
    </section>
  );
}
