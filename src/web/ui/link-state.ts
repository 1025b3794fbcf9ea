import type { LiveState } from "../live-state.ts";

type Link = LiveState["links"][number];

/** The state in the catalogue: a sender that waits waits for no sender, but has no way, or is closed for another reason. */
export function shownState({ role, state = "", failure }: Link): string {
  if (role !== "send" || state !== "waiting") return state;
  return failure === "LINK_NO_WAY" ? "no-way" : "closed";
}
