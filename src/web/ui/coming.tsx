import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { CommentLine } from "../live-state.ts";
import { decide } from "./decide.ts";
import { Said } from "./held-comments.tsx";
import { state } from "./live.ts";
import { say } from "./words.ts";

const TICK_MS = 200;

/** What flies in a moment unless it is dropped here: the safety delay. */
export function Coming() {
  const clock = useSignal(performance.now());
  const moderation = state.value?.moderation;
  const came = useRef({ moderation, atMs: 0 });
  if (came.current.moderation !== moderation) came.current = { moderation, atMs: performance.now() };
  const all: (CommentLine & { leftMs: number })[] = moderation?.coming ?? [];
  const some = all.length > 0;
  useEffect(() => {
    if (!some) return;
    const timer = setInterval(() => {
      clock.value = performance.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [some]);
  if (!state.value?.clean?.safetyS && !some) return null;
  const passedMs = Math.max(0, clock.value - came.current.atMs);
  const coming = all.filter(({ leftMs }) => leftMs > passedMs);
  return (
    <section class="card coming" aria-labelledby="coming">
      <h2 id="coming">{say.value("coming")}</h2>
      {coming.length === 0 && <p class="note">{say.value("nothingComing")}</p>}
      <ul class="plain">
        {coming.map((line) => (
          <li key={line.id} class="row">
            <span class="seconds" aria-hidden="true">
              {Math.ceil((line.leftMs - passedMs) / 1_000)}
            </span>
            <Said line={line} />
            <button type="button" class="quiet" onClick={() => decide("drop", line.id)}>
              {say.value("drop")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
