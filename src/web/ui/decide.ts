import { signal } from "@preact/signals";
import { call, Refused } from "./api.ts";
import { explain } from "./words.ts";

/** Why the last decision was refused. */
export const decisionError = signal("");

const attempt = async (doing: () => Promise<unknown>) => {
  decisionError.value = "";
  await doing().catch((refused) => {
    decisionError.value = refused instanceof Refused ? explain(refused.code) : String(refused);
  });
};

/** What undoes the decisions of this page, the last one last; the box knows for how long. */
const mine: string[] = [];

/** What is being decided: an undo comes after it. */
let deciding: Promise<unknown> = Promise.resolve();

function say(body: object): Promise<void> {
  const said = attempt(async () => {
    const { undoId } = await call<{ undoId: string }>("POST", "/api/moderation", body);
    mine.push(undoId);
  });
  deciding = Promise.all([deciding, said]);
  return said;
}

/** On a comment that waits, or on who said it. */
export const decide = (decision: string, key: string) => say({ decision, key });

/** `author`: as in a line of the comment list. */
export const decideAuthor = (decision: string, author: string) => say({ decision, author });

export const undo = (id: string) => attempt(() => call("POST", "/api/moderation/undo", { id }));

/** What was decided here last, not what somebody else decided since. */
export async function undoLast(): Promise<void> {
  await deciding;
  const id = mine.pop();
  if (id !== undefined) await undo(id);
}
