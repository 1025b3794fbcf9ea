import { setTimeout as delay } from "node:timers/promises";
import { follow } from "../rpc/follow.ts";
import { type Service, stream, unary } from "../rpc/server.ts";
import type { Attendance } from "./attendance.ts";
import type { Authors } from "./authors.ts";
import { type DecisionKind, decisions, type Moderation } from "./moderation.ts";
import type { Pipeline } from "./pipeline.ts";

/** States change in bursts; nobody reads more often than this. */
const STATUS_MS = 250;
const MOST_COMING = 50;
const MOST_AUTHORS = 200;

export interface ModerationParts {
  readonly pipeline: Pipeline;
  readonly moderation: Moderation;
  readonly authors: Authors;
  readonly attendance: Attendance;
  /** In force now. */
  readonly strength: () => number;
  readonly panic: () => boolean;
  /** Tells of a change of what the others do not tell of. */
  readonly onChange: (listener: () => void) => () => void;
}

/** feimu.v1.Moderation over what it takes to serve it. */
export function moderationService(parts: ModerationParts): Service {
  const { pipeline, moderation, authors, attendance } = parts;
  const state = () => ({
    panic: parts.panic(),
    attended: attendance.attended,
    strength: parts.strength(),
    coming: pipeline.safety.coming(MOST_COMING),
    claims: moderation.claims.all,
    undoable: moderation.undoable,
    authors: authors.all.slice(-MOST_AUTHORS),
    limited: authors.limited,
    refused: pipeline.refused,
    unjudged: pipeline.unjudged.waiting,
    engineFailures: pipeline.unjudged.failures,
    engineDropped: pipeline.unjudged.dropped,
    safetyDropped: pipeline.safety.dropped,
  });
  return {
    service: "feimu.v1.Moderation",
    methods: {
      watchModeration: stream(async function* (_request, ended) {
        const listen = (listener: () => void) => {
          const ends = [pipeline.onChange, moderation.onChange, parts.onChange].map((on) => on(listener));
          return () => ends.forEach((end) => void end());
        };
        for await (const now of follow(state, listen, ended)) {
          yield now;
          await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
        }
      }),
      decide: unary(({ decision, key, authorId, by }) => {
        if (!decisions.includes(decision))
          throw new Error(`Expected one of ${decisions.join(", ")} for decision`);
        return moderation.decide(decision as DecisionKind, { key, authorId }, by ?? "");
      }),
      undo: unary(({ id, by }) => ({ done: moderation.undo(id ?? "", by ?? "") })),
      claim: unary(({ key, by }) => ({ holder: moderation.claim(key ?? "", by ?? "") })),
      attend: unary(({ owned, active }) => {
        attendance.see({ owned: owned ?? false, active: active ?? false });
        return {};
      }),
      listDecisions: unary(() => ({ decisions: moderation.log })),
    },
  };
}
