import { receivedClean } from "../../clean/clean-text.ts";
import type { Judge } from "../../clean/judge.ts";
import { Kind } from "../../comments/comment.ts";
import { Rank, stageAddon } from "../../stage/addon.ts";

const COMMENTS = 10_000;
/** One in so many was paid for. */
const PAID = 1_000;
/** Half of the comments of an evening have no more than nine characters, one in ten more than seventeen. */
const LONGEST = 17;

/** Ten thousand comments at once, judged one after the other, and what of them comes onto a stage of 720p. */
export function burst(judge: Judge, texts: readonly string[]) {
  const startMs = performance.now();
  const admitted = texts.slice(0, COMMENTS).flatMap((text, index) => {
    const paid = index % PAID === PAID / 2;
    const comment = judge.judge({
      id: String(index),
      platform: "bench",
      room: "burst",
      kind: paid ? Kind.SUPER_CHAT : Kind.CHAT,
      timeMs: 0,
      receivedMs: 0,
      text: `${text.slice(0, 4 + (index % (LONGEST - 3)))}${index % 100}`,
      author: { id: String(index), name: `观众${index}` },
    });
    const shown = receivedClean(comment);
    if (!shown || comment.verdict?.foldedInto !== undefined) return [];
    const atUs = Math.round((performance.now() - startMs) * 1e3);
    return [{ id: comment.id, text: shown, rank: paid ? Rank.PAID : Rank.CHAT, atUs }];
  });
  const { paidMs, paidMissing, chats } = stageAddon().measureBurst(1280, 720, admitted);
  const sorted = [...paidMs].sort((a, b) => a - b);
  return {
    burstPaidP99Ms: paidMissing > 0 ? null : Math.round(sorted.at(-1) ?? 0),
    burst: {
      shown: admitted.length,
      judgedMs: Math.round((admitted.at(-1)?.atUs ?? 0) / 1e3),
      paid: sorted.length,
      paidMissing,
      paidP50Ms: Math.round(sorted[sorted.length >> 1] ?? 0),
      chats,
    },
  };
}
