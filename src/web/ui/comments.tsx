import { useLayoutEffect, useRef } from "preact/hooks";
import type { CommentLine } from "../live-state.ts";
import { comments } from "./live.ts";
import { say } from "./words.ts";

const hex = (colour: number) => `#${colour.toString(16).padStart(6, "0")}`;

function Line({ line }: { line: CommentLine }) {
  return (
    <li>
      <span class="dot" style={{ background: hex(line.colour) }} aria-hidden="true" />
      <span class="author">{line.author}</span> <span class="said">{line.text}</span>
      {line.gift && <span class="tag">{line.gift}</span>}
      {line.price && <span class="tag price">{line.price}</span>}
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
