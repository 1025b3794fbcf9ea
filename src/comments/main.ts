import { setTimeout as delay } from "node:timers/promises";
import { cleanComment } from "../clean/clean-text.ts";
import { follow, Listeners } from "../rpc/follow.ts";
import { runProcess } from "../rpc/process.ts";
import { stream } from "../rpc/server.ts";
import { CommentHub } from "./hub.ts";
import { Rooms } from "./rooms.ts";

/** States change in bursts; nobody reads more often than this. */
const STATUS_MS = 250;
/** Rates change also when nothing else does. */
const RATES_MS = 2_000;

await runProcess("comments", async (context) => {
  const { log, signal } = context;
  const hub = new CommentHub();
  const listeners = new Listeners();
  const rooms = new Rooms(
    log,
    (comment) => hub.publish(cleanComment(comment)),
    () => listeners.tell(),
  );
  rooms.configure(context.config.rooms, signal);
  const rates = setInterval(() => listeners.tell(), RATES_MS);
  signal.addEventListener("abort", () => clearInterval(rates), { once: true });
  context.onConfig((config) => rooms.configure(config.rooms, signal));

  await context.serve([
    {
      service: "feimu.v1.Comments",
      methods: {
        subscribe: stream(({ backlog = 0 }, ended) => hub.subscribe(backlog, ended)),
        watchRooms: stream(async function* (_request, ended) {
          for await (const status of follow(() => rooms.status, listeners.on, ended)) {
            yield status;
            await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
          }
        }),
      },
    },
  ]);
  log.info({ rooms: context.config.rooms.length }, "comments ready");
});
