import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { receivedClean } from "../clean/clean-text.ts";
import { type Comment, Kind, RESTORED } from "../comments/comment.ts";
import { keyOf, takenBackBy } from "../comments/held.ts";
import { KnownIds } from "../comments/known-ids.ts";
import type { EmotePicture } from "../media/emotes.ts";
import { watch } from "../rpc/client.ts";
import { runProcess } from "../rpc/process.ts";
import { stream, unary } from "../rpc/server.ts";
import { type NativeStage, Rank, type StagePicture, stageAddon } from "./addon.ts";
import { Cards } from "./cards.ts";
import { openController } from "./controller.ts";
import { Emotes } from "./emotes.ts";
import { coverContent, type IdleScreen, idleContent } from "./idle-content.ts";
import { encodePng } from "./png.ts";
import { qrCode } from "./qr-code.ts";

/** Longest wait of a comment for the pictures of its emotes: then their tokens stand in it. */
const EMOTE_WAIT_MS = 400;
const MOST_WAITING = 256;
/** Ids of comments; as many as may be recent. */
const MOST_KNOWN = 1_000;
/** Of a picture: the next comment that has it draws it. */
const EMOTE_MS = 20_000;
/** A card comes this fast; what is taken back goes at once. */
const CARDS_MS = 100;
/** Far longer than any frame, also on a machine 20 times slower. */
const HUNG_MS = 30_000;
/** A stage that has not turned for this long is not called alive. */
const QUIET_MS = 5_000;

function rankOf({ kind, price, author }: Comment): Rank {
  if (kind === Kind.SUPER_CHAT || price) return Rank.PAID;
  if (author?.moderator) return Rank.HOST;
  return author?.guardLevel ? Rank.GUARD : Rank.CHAT;
}

/** Says on the stage, or takes back, what one message of the comment stream asks for. */
function show(stage: NativeStage, comment: Comment, pins: boolean, emotes: Emotes | undefined): void {
  const scope = `${comment.platform}:${comment.room}:`;
  const id = scope + comment.id;
  if (comment.kind === Kind.RETRACT) {
    if (comment.retraction?.wholeRoom) stage.clearComments();
    for (const taken of comment.retraction?.commentIds ?? []) stage.retractComment(scope + taken);
    if (comment.retraction?.authorId) stage.retractAuthor(scope + comment.retraction.authorId);
    return;
  }
  const { foldedInto, count } = comment.verdict ?? {};
  if (foldedInto !== undefined) {
    stage.setCount(scope + foldedInto, count ?? 2);
    return;
  }
  const text = receivedClean(comment);
  if (text === undefined) {
    stage.retractComment(id);
    return;
  }
  if (!text || (comment.kind !== Kind.CHAT && (comment.kind !== Kind.SUPER_CHAT || pins))) return;
  stage.addComment({
    id,
    author: comment.author?.id ? scope + comment.author.id : "",
    text: comment.emotes && emotes ? emotes.draw(text, comment.emotes) : text,
    colour: comment.colour ?? 0xffffff,
    mode: comment.mode ?? 0,
    rank: rankOf(comment),
  });
}

/** What a stage before this one was told to show: until `control` tells it anew, nothing changes on the display. */
function readLastIdle(file: string): IdleScreen | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as IdleScreen;
  } catch {
    return undefined;
  }
}

await runProcess("stage", async (context) => {
  const { runtimeDir, log, signal, config } = context;
  const { width, height, refreshHz, backend } = config.display;
  const displayDescriptor = backend === "kms" ? openController(log) : -1;
  const stage = new (stageAddon().Stage)({
    width,
    height,
    refreshHz,
    displayDescriptor,
    videoSocket: join(runtimeDir, "video.sock"),
    composedSocket: join(runtimeDir, "composed.sock"),
  });
  let covered = config.panic.on;
  // Before it has a picture: what was hidden must not stand there for a flip because a process ended.
  stage.cover(covered);
  signal.addEventListener("abort", () => stage.close(), { once: true });
  let introduced = false;
  const lastIdle = join(runtimeDir, "stage-idle.json");
  stage.configure(config.danmaku);
  const { language } = config.display;
  const cards = new Cards(config.danmaku, language);
  let screen: IdleScreen = {};
  const setScreen = (next: IdleScreen) => {
    screen = next;
    stage.setIdle(covered ? coverContent(screen, language) : idleContent(screen, language));
    cards.setScreen(screen);
  };
  setScreen(readLastIdle(lastIdle) ?? { name: config.name });
  let { danmaku } = config;
  context.onConfig((next) => {
    setCovered(next.panic.on);
    danmaku = next.danmaku;
    stage.configure(danmaku);
    cards.configure(danmaku);
  });
  const media = context.connect("media", "feimu.v1.Media");
  const emotes = new Emotes(
    async (url) => {
      const picture = await media.unary("emote", { url }, { deadlineMs: EMOTE_MS });
      return picture.rgba?.length > 0 ? (picture as EmotePicture) : undefined;
    },
    (slot, { rgba, ...picture }) => stage.setPicture(slot, { ...picture, rgba: Buffer.from(rgba) }),
  );
  /** Comments whose emotes are being fetched. */
  const waiting = new Set<Comment>();
  let shownCards = "[]";
  const showCards = () => {
    const standing = covered ? [] : cards.at(Date.now());
    const text = JSON.stringify(standing);
    if (text === shownCards) return;
    shownCards = text;
    stage.setCards(standing.map(({ code = "", ...card }) => ({ ...card, ...qrCode(code) })));
  };
  /** All that flies or stands goes, for good. What comes meanwhile is held elsewhere; what was under way is not shown. */
  const setCovered = (now: boolean) => {
    if (now === covered) return;
    covered = now;
    waiting.clear();
    cards.clear();
    setScreen(screen);
    stage.cover(covered);
    showCards();
    log.warn({ covered }, "panic button");
  };
  const cardClock = setInterval(showCards, CARDS_MS);
  signal.addEventListener("abort", () => clearInterval(cardClock), { once: true });

  const comments = context.connect("comments", "feimu.v1.Comments");
  const known = new KnownIds(MOST_KNOWN);
  void (async () => {
    for await (const message of watch(comments, "subscribe", { recent: true }, signal)) {
      const comment = message as Comment;
      if (comment.verdict?.reasons.includes(RESTORED)) continue;
      // What is recent when a connection begins may have been told by the one before.
      if (!known.add(`${keyOf(comment)}:${comment.verdict?.revision ?? 0}`)) continue;
      if (covered && comment.kind !== Kind.RETRACT) continue;
      cards.take(comment, Date.now());
      if (comment.kind === Kind.RETRACT) {
        showCards();
        const isTaken = takenBackBy(comment);
        for (const one of waiting) if (isTaken(one)) waiting.delete(one);
      }
      const coming = danmaku.emotes && comment.emotes ? emotes.prepare(comment.emotes) : undefined;
      if (!coming || waiting.size >= MOST_WAITING) {
        show(stage, comment, cards.pins, danmaku.emotes ? emotes : undefined);
        continue;
      }
      waiting.add(comment);
      void Promise.race([coming, delay(EMOTE_WAIT_MS)]).then(() => {
        if (waiting.delete(comment)) show(stage, comment, cards.pins, emotes);
      });
    }
  })();
  void (async () => {
    for await (const pinned of watch(comments, "watchPinned", {}, signal)) {
      cards.setPinned(pinned.comments as Comment[]);
    }
  })();

  // A driver that hangs holds the stage's thread for ever; a new process gets a new driver.
  let alive = { turns: -1, sinceMs: performance.now() };
  const guard = setInterval(() => {
    const { turns } = stage.status();
    if (turns !== alive.turns) alive = { turns, sinceMs: performance.now() };
    else if (performance.now() - alive.sinceMs > HUNG_MS) {
      log.fatal({ turns }, "the stage's thread hangs");
      process.exit(1);
    }
  }, 1_000);
  signal.addEventListener("abort", () => clearInterval(guard), { once: true });

  await context.serve(
    [
      {
        service: "feimu.v1.Stage",
        methods: {
          snapshot: unary(async () => {
            const picture = await new Promise<StagePicture>((resolve) => stage.snapshot(resolve));
            return { png: encodePng(picture), presentedUs: picture.presentedUs };
          }),
          watchStatus: stream(async function* (_request, ended) {
            while (!ended.aborted) {
              const { turns, ...status } = stage.status();
              yield { introduced, ...status };
              await delay(1_000, undefined, { signal: ended }).catch(() => {});
            }
          }),
          setIdle: unary((screen) => {
            introduced = true;
            setScreen(screen);
            writeFileSync(lastIdle, JSON.stringify(screen), { mode: 0o600 });
            return {};
          }),
        },
      },
    ],
    () => performance.now() - alive.sinceMs < QUIET_MS,
  );
  const { renderer, connector, ...shown } = stage.status();
  log.info(
    { renderer, connector, backend: shown.backend, width: shown.width, height: shown.height },
    "stage ready",
  );
});
