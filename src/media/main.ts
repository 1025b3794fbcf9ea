import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cleanup, initLogger } from "node-datachannel";
import type { Config } from "../box/config.ts";
import { runProcess } from "../rpc/process.ts";
import { duplex, stream, unary } from "../rpc/server.ts";
import { sourceLabel } from "../sources/registry.ts";
import { mediaAddon } from "./addon.ts";
import { EmoteFetcher } from "./emotes.ts";
import { LinkLog } from "./link-log.ts";
import { MediaSettings } from "./settings.ts";
import { SourceLog } from "./source-log.ts";
import { Viewers } from "./viewers.ts";

const p95 = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

await runProcess("media", async (context) => {
  const { runtimeDir, log, signal } = context;
  const addon = mediaAddon();
  initLogger("Error", (level, message) => log.warn({ level, message }, "webrtc"));
  const media = new addon.Media({
    videoSocket: join(runtimeDir, "video.sock"),
    composedSocket: join(runtimeDir, "composed.sock"),
  });
  const viewers = new Viewers(media, log, () => context.config.display.refreshHz);
  const settings = new MediaSettings(media, log);
  let rooms = context.config.rooms;
  const emotes = new EmoteFetcher(() => rooms);
  const apply = (config: Config) => {
    rooms = config.rooms;
    settings.apply(config);
  };
  apply(context.config);
  context.onConfig(apply);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(watching);
      media.close();
      cleanup();
    },
    { once: true },
  );

  const sourceLog = new SourceLog(log);
  const linkLog = new LinkLog(log);
  const watching = setInterval(() => {
    for (const { config, status } of settings.opened()) {
      sourceLog.note(`${config.kind} ${sourceLabel(config)}`, status);
    }
    for (const one of media.links()) if (one.role === "send") linkLog.note(one);
  }, 1_000);

  const status = () => ({
    sources: settings.sources(),
    links: settings.links(),
    viewers: viewers.count,
    ...(viewers.count > 0 && { viewerHopP95Ms: p95(media.viewerHops()) / 1000 }),
  });

  await context.serve([
    {
      service: "feimu.v1.Media",
      methods: {
        watchStatus: stream(async function* (_request, ended) {
          while (!ended.aborted) {
            yield status();
            await delay(1_000, undefined, { signal: ended }).catch(() => {});
          }
        }),
        emote: unary(async ({ url }) => (await emotes.fetch(url ?? "", signal)) ?? {}),
        view: duplex((requests, ended) => viewers.view(requests, ended)),
      },
    },
  ]);
  log.info({ sources: context.config.sources.length }, "media ready");
});
