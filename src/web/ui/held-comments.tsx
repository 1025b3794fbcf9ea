import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { CommentLine } from "../live-state.ts";
import { call } from "./api.ts";
import { decide, decisionError, undoLast } from "./decide.ts";
import { state } from "./live.ts";
import { Mark } from "./mark.tsx";
import { Reasons } from "./reasons.tsx";
import { swipe } from "./swipe.ts";
import { say } from "./words.ts";

/** A claim lasts 15 s. */
const CLAIM_AGAIN_MS = 10_000;
const steps: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
const keys: Readonly<Record<string, string>> = { a: "show", x: "drop", b: "block" };

/** What somebody said, as the operator alone sees it. */
export function Said({ line: { author, text, gift, price, reasons } }: { readonly line: CommentLine }) {
  return (
    <span class="grow said">
      {author && <span class="author">{author}</span>} {text}
      {gift && <span class="tag">{gift}</span>}
      {price && <span class="tag price">{price}</span>} <Reasons of={reasons} />
    </span>
  );
}

/** What waits for the operator's word; nothing stands here while nothing waits. */
export function HeldComments() {
  const list = useRef<HTMLUListElement>(null);
  /** Where the keyboard is, by its row; a row that goes leaves it to the one that follows. */
  const at = useRef({ key: "", index: 0 });
  const own = useSignal("");
  const held = state.value?.held ?? [];
  const { claims = [] } = state.value?.moderation ?? {};
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];

  const claim = async (key: string) => {
    const reply = await call<{ holder: string; own: boolean }>("POST", "/api/moderation/claim", {
      key,
    }).catch(() => undefined);
    if (reply?.own) own.value = reply.holder;
  };
  useEffect(() => {
    const timer = setInterval(() => {
      const inside = list.current?.contains(document.activeElement);
      if (inside && at.current.key) void claim(at.current.key);
    }, CLAIM_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  useLayoutEffect(() => {
    const lost = at.current.key && !held.some(({ id }) => id === at.current.key);
    if (lost && document.activeElement === document.body) {
      rows()[Math.min(at.current.index, held.length - 1)]?.focus();
    }
  }, [held]);

  const rowOf = (event: Event) => (event.target as HTMLElement).closest<HTMLElement>("[data-key]");
  const onFocus = (event: FocusEvent) => {
    const row = rowOf(event);
    const key = row?.dataset.key ?? "";
    if (!row || key === at.current.key) return;
    at.current = { key, index: rows().indexOf(row) };
    void claim(key);
  };
  const onKey = (event: KeyboardEvent) => {
    const row = rowOf(event);
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = steps[event.key];
    const decision = keys[event.key.toLowerCase()];
    const all = rows();
    const index = all.indexOf(row);
    if (step !== undefined) all[index + step]?.focus();
    else if (decision !== undefined) {
      (all[index + 1] ?? all[index - 1])?.focus();
      void decide(decision, row.dataset.key ?? "");
    } else if (event.key.toLowerCase() === "u") {
      void undoLast();
    } else return;
    event.preventDefault();
  };
  if (held.length === 0 && !decisionError.value) return null;
  return (
    <section class="card held" aria-labelledby="held">
      <h2 id="held">
        {say.value("held")} · {held.length}
      </h2>
      <p class="note" id="held-keys">
        {say.value("heldKeys")}
      </p>
      <ul class="plain" ref={list} onFocusCapture={onFocus} onKeyDown={onKey}>
        {held.map((line, index) => {
          const { id } = line;
          const by = claims.find(({ key }: { key: string }) => key === id)?.by;
          return (
            <li
              key={id}
              class="row queued"
              data-key={id}
              tabIndex={index === 0 ? 0 : -1}
              aria-describedby="held-keys"
              {...swipe(
                () => void decide("show", id),
                () => void decide("drop", id),
              )}
            >
              <Said line={line} />
              {by && by !== own.value && (
                <span class="tag claimed">
                  {say.value("claimedBy")} {by}
                </span>
              )}
              <Mark line={line} />
              <button type="button" onClick={() => decide("show", id)}>
                {say.value("show")}
              </button>
              <button type="button" class="quiet" onClick={() => decide("drop", id)}>
                {say.value("drop")}
              </button>
              {line.authorId && (
                <button type="button" class="quiet" onClick={() => decide("block", id)}>
                  {say.value("block")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p role="alert" class="error">
        {decisionError.value}
      </p>
    </section>
  );
}
