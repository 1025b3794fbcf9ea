import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { receivedClean } from "../clean/clean-text.ts";
import { type Comment, Kind } from "../comments/comment.ts";
import { watch } from "../rpc/client.ts";
import { runProcess } from "../rpc/process.ts";
import { stream, unary } from "../rpc/server.ts";
import { type NativeStage, type StagePicture, stageAddon } from "./addon.ts";
import { idleContent } from "./idle-content.ts";
import { encodePng } from "./png.ts";

/** Far longer than any frame, also on a slow machine. */
const HUNG_MS = 10_000;

/** Says on the stage, or takes back, what one message of the comment stream asks for. */
function show(stage: NativeStage, comment: Comment): void {
  const scope = `${comment.platform}:${comment.room}:`;
  const id = scope + comment.id;
  if (comment.kind === Kind.RETRACT) {
    if (comment.retraction?.wholeRoom) stage.clearComments();
    for (const taken of comment.retraction?.commentIds ?? []) stage.retractComment(scope + taken);
    if (comment.retraction?.authorId) stage.retractAuthor(scope + comment.retraction.authorId);
    return;
  }
  const text = receivedClean(comment);
  if (text === undefined) {
    stage.retractComment(id);
    return;
  }
  if (!text || (comment.kind !== Kind.CHAT && comment.kind !== Kind.SUPER_CHAT)) return;
  stage.addComment({
    id,
    author: comment.author?.id ? scope + comment.author.id : "",
    text,
    colour: comment.colour ?? 0xffffff,
    mode: comment.mode ?? 0,
  });
}

await runProcess("stage", async (context) => {
  const { runtimeDir, log, signal, config } = context;
  const { width, height, refreshHz, backend } = config.display;
  const stage = new (stageAddon().Stage)({
    width,
    height,
    refreshHz,
    videoSocket: join(runtimeDir, "video.sock"),
    composedSocket: join(runtimeDir, "composed.sock"),
  });
  signal.addEventListener("abort", () => stage.close(), { once: true });
  let introduced = false;
  const idle = (name: string) => stage.setIdle(idleContent({ name }));
  stage.configure(config.danmaku);
  idle(config.name);
  context.onConfig(({ danmaku }) => stage.configure(danmaku));

  const comments = context.connect("comments", "feimu.v1.Comments");
  void (async () => {
    for await (const comment of watch(comments, "subscribe", {}, signal)) show(stage, comment as Comment);
  })();

  // A driver that hangs holds the stage's thread for ever; a new process gets a new driver.
  let alive = { turns: -1, sinceMs: Date.now() };
  const guard = setInterval(() => {
    const { turns } = stage.status();
    if (turns !== alive.turns) alive = { turns, sinceMs: Date.now() };
    else if (Date.now() - alive.sinceMs > HUNG_MS) {
      log.fatal({ turns }, "the stage's thread hangs");
      process.exit(1);
    }
  }, 1_000);
  signal.addEventListener("abort", () => clearInterval(guard), { once: true });

  await context.serve([
    {
      service: "feimu.v1.Stage",
      methods: {
        snapshot: unary(async () => {
          const picture = await new Promise<StagePicture>((resolve) => stage.snapshot(resolve));
          return { png: encodePng(picture), presentedUs: picture.presentedUs };
        }),
        watchStatus: stream(async function* (_request, ended) {
          while (!ended.aborted) {
            const { flips, turns, ...status } = stage.status();
            yield { backend, width, height, refreshHz, introduced, ...status };
            await delay(1_000, undefined, { signal: ended }).catch(() => {});
          }
        }),
        setIdle: unary((screen) => {
          introduced = true;
          stage.setIdle(idleContent(screen));
          return {};
        }),
      },
    },
  ]);
  log.info({ renderer: stage.status().renderer, width, height, refreshHz }, "stage ready");
});
