import type { Comment, Emote } from "../comments/comment.ts";

/** The comment without the emotes that are blocked, by id or by token: they are taken out of the text, too. What says nothing else is dropped. */
export function withoutEmotes(comment: Comment, blocked: ReadonlySet<string>): Comment {
  const { emotes, text } = comment;
  if (blocked.size === 0 || !emotes?.length) return comment;
  const isBlocked = ({ id, token }: Emote) => (id !== undefined && blocked.has(id)) || blocked.has(token);
  const gone = emotes.filter(isBlocked);
  if (gone.length === 0) return comment;
  let rest = text ?? "";
  for (const { token } of gone) if (token) rest = rest.replaceAll(token, "");
  return {
    ...comment,
    ...(text !== undefined && { text: rest }),
    emotes: emotes.filter((emote) => !isBlocked(emote)),
  };
}
