import { send } from "./live.ts";

/** Somebody who is there says so this often at most. */
const SAY_MS = 20_000;

/** Tells the box that somebody uses this page, until the returned function is called. */
export function reportActivity(): () => void {
  let saidMs = Number.NEGATIVE_INFINITY;
  const report = () => {
    if (performance.now() - saidMs < SAY_MS) return;
    saidMs = performance.now();
    send({ type: "active" });
  };
  const kinds = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  for (const kind of kinds) addEventListener(kind, report, { passive: true, capture: true });
  return () => {
    for (const kind of kinds) removeEventListener(kind, report, { capture: true });
  };
}
