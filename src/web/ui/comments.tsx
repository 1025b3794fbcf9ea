import { useLayoutEffect, useRef } from "preact/hooks";
import { Kind } from "../../comments/comment.ts";
import type { CommentLine } from "../live-state.ts";
import { decideAuthor } from "./decide.ts";
import { comments } from "./live.ts";
import { Mark } from "./mark.tsx";
import { Reasons } from "./reasons.tsx";
import { say } from "./words.ts";

/** What somebody says in words of their own. */
const marked = new Set<number>([Kind.CHAT, Kind.SUPER_CHAT]);
const hex = (colour: number) => `#${colour.toString(16).padStart(6, "0")}`;

/** Takes all that somebody said off the display and out of the archive. */
async function forget(line: CommentLine) {
  if (!confirm(`${say.value("forgetConfirm")} ${line.author}`)) return;
  await decideAuthor("forget", line.authorId);
}

function Line({ line }: { line: CommentLine }) {
  if (line.gapS > 0) {
    return (
      <li class="note gap">
        {line.gapS} {say.value("missing")}
      </li>
    );
  }
  return (
    <li>
      {line.authorId && (
        <button
          type="button"
          class="forget"
          title={say.value("forget")}
          aria-label={`${say.value("forget")} ${line.author}`}
          onClick={() => forget(line)}
        >
          ×
        </button>
      )}
      {line.authorId && (
        <button
          type="button"
          class="forget"
          title={say.value("block")}
          aria-label={`${say.value("block")} ${line.author}`}
          onClick={() => decideAuthor("block", line.authorId)}
        >
          ⊘
        </button>
      )}
      {line.authorId && (
        <button
          type="button"
          class="forget"
          title={say.value("trust")}
          aria-label={`${say.value("trust")} ${line.author}`}
          onClick={() => decideAuthor("trust", line.authorId)}
        >
          ✓
        </button>
      )}
      <span class="dot" style={{ background: hex(line.colour) }} aria-hidden="true" />
      <span class="author" title={line.masked ? say.value("maskedName") : undefined}>
        {line.author}
      </span>
      {line.masked && <span class="tag">{say.value("masked")}</span>} <span class="said">{line.text}</span>
      {line.count > 1 && <span class="tag count">×{line.count}</span>}
      <Reasons of={line.reasons} />
      {line.gift && <span class="tag">{line.gift}</span>}
      {line.price && <span class="tag price">{line.price}</span>}
      {marked.has(line.kind) && line.text && <Mark line={line} />}
    </li>
  );
}

export function Comments() {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    if (list.current && following.current) list.current.scrollTop = list.current.scrollHeight;
  });
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current!;
    following.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return (
    <section class="card comments" aria-labelledby="comments">
      <h2 id="comments">{say.value("comments")}</h2>
      {comments.value.length === 0 && <p class="note">{say.value("noComments")}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ol ref={list} onScroll={onScroll} tabIndex={0} aria-labelledby="comments">
        {comments.value.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </section>
  );
}
