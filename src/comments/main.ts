import { setTimeout as delay } from "node:timers/promises";
import { cleanComment } from "../clean/clean-text.ts";
import { runProcess } from "../rpc/process.ts";
import { stream } from "../rpc/server.ts";
import { CommentHub } from "./hub.ts";
import { Rooms } from "./rooms.ts";

/** States change in bursts; nobody reads more often than this. */
const STATUS_MS = 250;
/** Rates change also when nothing else does. */
const REFRESH_MS = 2_000;

await runProcess("comments", async (context) => {
  const { log, signal } = context;
  const hub = new CommentHub();
  const listeners = new Set<() => void>();
  const rooms = new Rooms(
    log,
    (comment) => hub.publish(cleanComment(comment)),
    () => {
      for (const listener of listeners) listener();
    },
  );
  rooms.configure(context.config.rooms, signal);
  context.onConfig((config) => rooms.configure(config.rooms, signal));

  await context.serve([
    {
      service: "feimu.v1.Comments",
      methods: {
        subscribe: stream(({ backlog = 0 }, ended) => hub.subscribe(backlog, ended)),
        watchRooms: stream(async function* (_request, ended) {
          let wake = () => {};
          const listener = () => wake();
          listeners.add(listener);
          try {
            while (!ended.aborted) {
              const changed = new Promise<void>((resolve) => {
                wake = resolve;
              });
              yield rooms.status;
              await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
              const rest = AbortSignal.any([ended, AbortSignal.timeout(REFRESH_MS)]);
              await Promise.race([
                changed,
                new Promise((resolve) => rest.addEventListener("abort", resolve, { once: true })),
              ]);
            }
          } finally {
            listeners.delete(listener);
          }
        }),
      },
    },
  ]);
  log.info({ rooms: context.config.rooms.length }, "comments ready");
});
