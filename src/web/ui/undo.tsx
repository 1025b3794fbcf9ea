import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { undo } from "./decide.ts";
import { state } from "./live.ts";
import { say, type Word } from "./words.ts";

const SHOWN = 3;

interface Undoable {
  readonly id: string;
  readonly decision: Word;
  readonly by: string;
  readonly leftMs: number;
}

/** The last decisions, for the ten seconds in which they can be taken back. */
export function Undo() {
  const clock = useSignal(performance.now());
  const all: readonly Undoable[] = state.value?.moderation?.undoable ?? [];
  const came = useRef({ all, atMs: 0 });
  if (came.current.all !== all) came.current = { all, atMs: performance.now() };
  const some = all.length > 0;
  useEffect(() => {
    if (!some) return;
    const timer = setInterval(() => {
      clock.value = performance.now();
    }, 500);
    return () => clearInterval(timer);
  }, [some]);
  const passedMs = Math.max(0, clock.value - came.current.atMs);
  const left = all.filter(({ leftMs }) => leftMs > passedMs).slice(-SHOWN);
  if (left.length === 0) return null;
  return (
    <section class="undo card" aria-label={say.value("undo")}>
      <ul class="plain">
        {left.map(({ id, decision, by, leftMs }) => (
          <li key={id} class="row">
            <span class="grow">
              {say.value(decision)} <span class="note">{by}</span>
            </span>
            <button type="button" onClick={() => undo(id)}>
              {say.value("undo")} <span aria-hidden="true">{Math.ceil((leftMs - passedMs) / 1_000)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
