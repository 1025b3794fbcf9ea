import { join } from "node:path";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { cleanText } from "../clean/clean-text.ts";
import { type Class, classes } from "../clean/grade/features.ts";
import { gradesOf } from "../clean/grade/grader.ts";
import { openGraders } from "../clean/grade/graders.ts";
import { HitCounts, keepCounts } from "../clean/hit-counts.ts";
import { Judge } from "../clean/judge.ts";
import type { Strength } from "../clean/policy.ts";
import { Scanner, shippedLists } from "../clean/scanner.ts";
import { PostError } from "../rooms/post.ts";
import { follow, Listeners } from "../rpc/follow.ts";
import { runProcess } from "../rpc/process.ts";
import { decodeMessage, lookupType } from "../rpc/proto.ts";
import { stream, unary } from "../rpc/server.ts";
import { Archive } from "./archive.ts";
import { Attendance } from "./attendance.ts";
import { Authors } from "./authors.ts";
import { DecisionLog } from "./decision-log.ts";
import { DryRuns } from "./dry-run.ts";
import { exported, exportFormat, exportFormats } from "./export.ts";
import { CommentHub } from "./hub.ts";
import { Moderation } from "./moderation.ts";
import { moderationService } from "./moderation-service.ts";
import { Pipeline } from "./pipeline.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { Rooms } from "./rooms.ts";

const type = lookupType("feimu.v1.Comment");
/** States change in bursts; nobody reads more often than this. */
const STATUS_MS = 250;
/** Characters of a file that go in one message. */
const EXPORT_PIECE = 64 << 10;
/** Rates change also when nothing else does. */
const RATES_MS = 2_000;
/** How late it may be noticed that nobody is there any more. */
const ATTENDING_MS = 5_000;

const isClass = (label: string): label is Class => (classes as readonly string[]).includes(label);

const noBody = new Uint8Array();

/** The last comment that a subscriber had of a room. */
interface RoomPosition {
  readonly platform: string;
  readonly room: string;
  readonly sequence: number;
}

await runProcess("comments", async (context) => {
  const { log, signal } = context;
  const hub = new CommentHub();
  const stateDir = process.env.FEIMU_STATE_DIR ?? context.runtimeDir;
  const archive = Archive.open(stateDir);
  const lists = shippedLists();
  const scanner = Scanner.open(stateDir, lists);
  const graders = openGraders(scanner, stateDir, (err, what) => log.error({ err }, what));
  const countsFile = join(stateDir, "hit-counts.json");
  const counts = HitCounts.read(countsFile);
  const judge = new Judge(scanner, context.config.clean, { graders, counts });
  const authors = Authors.open(stateDir);
  const pseudonyms = await Pseudonyms.open(stateDir);
  const listeners = new Listeners();
  const rooms = new Rooms(
    log,
    (comment, approval) => pipeline.push(comment, approval),
    () => listeners.tell(),
    (platform, room) => archive.newest(platform, room),
    (title) => pipeline.titleOf(title),
  );
  const pipeline = new Pipeline(archive, pseudonyms, judge, hub, log, authors, rooms.withdraw);
  pipeline.keepFor(context.config.archive.hours);
  pipeline.setPanic(context.config.panic.on);
  pipeline.resume(context.config.panic.sinceMs);
  pipeline.run(signal);
  const marked = new Listeners();
  const marks = () => ({ marks: graders?.marks?.all ?? [], fine: counts.fine });
  const forgetMarks = (authorId: string) => {
    graders?.marks?.forget(authorId);
    marked.tell();
  };
  const moderation = new Moderation(
    pipeline,
    authors,
    new DecisionLog(stateDir),
    log,
    () => performance.now(),
    forgetMarks,
  );
  keepCounts(counts, countsFile, log, signal);
  const dryRuns = new DryRuns(
    archive,
    () => context.config.clean,
    () => Scanner.open(stateDir, lists, { keepOwn: false }),
  );
  const settings = new Listeners();
  let { clean } = context.config;
  /** Nobody looks: one step stricter than it was set. */
  const strength = () =>
    clean.unattended && !attendance.attended ? (Math.min(4, clean.strength + 1) as Strength) : clean.strength;
  const attendance = new Attendance(
    () => performance.now(),
    (attended) => {
      log.info({ attended, strength: strength() }, attended ? "somebody is there" : "nobody is there");
      setClean();
    },
  );
  const setClean = () => {
    judge.configure({ ...clean, strength: strength() });
    pipeline.moderate(clean);
    settings.tell();
  };
  setClean();
  const attending = setInterval(() => attendance.check(), ATTENDING_MS);
  signal.addEventListener("abort", () => clearInterval(attending), { once: true });
  rooms.configure(context.config.rooms, signal);
  const rates = setInterval(() => listeners.tell(), RATES_MS);
  signal.addEventListener("abort", () => clearInterval(rates), { once: true });
  context.onConfig((config) => {
    pipeline.setPanic(config.panic.on);
    rooms.configure(config.rooms, signal);
    pipeline.keepFor(config.archive.hours);
    clean = config.clean;
    setClean();
  });

  await context.serve([
    moderationService({
      pipeline,
      moderation,
      authors,
      attendance,
      strength,
      panic: () => context.config.panic.on,
      onChange: settings.on,
    }),
    {
      service: "feimu.v1.Comments",
      methods: {
        subscribe: stream(({ backlog, recent, since = [] }, ended) => {
          const missed = (since as RoomPosition[]).flatMap(({ platform, room, sequence }) =>
            archive.since(platform, room, sequence),
          );
          return hub.subscribe({ backlog, recent, missed }, ended);
        }),
        export: stream(async function* ({ platform, room, format, withIds }, ended) {
          const known = exportFormat(format ?? "");
          if (!known) throw new Error(`Expected one of ${exportFormats.join(", ")} for format`);
          const comments = Iterator.from(archive.all(platform, room)).map((bytes) =>
            decodeMessage(type, bytes),
          );
          let text = "";
          for (const piece of exported(comments, known, withIds ?? false)) {
            text += piece;
            if (text.length < EXPORT_PIECE) continue;
            if (ended.aborted) return;
            yield { text };
            text = "";
            // The rooms go on meanwhile.
            await immediate();
          }
          if (text) yield { text };
        }),
        forget: unary(({ authorId }) => {
          if (authorId) {
            pipeline.forget(authorId);
            forgetMarks(authorId);
          }
          return {};
        }),
        post: unary(({ platform, id, headers, body }) => {
          try {
            return {
              taken: rooms.take(platform ?? "", id ?? "", { headers: headers ?? {}, body: body ?? noBody }),
            };
          } catch (error) {
            if (!(error instanceof PostError)) throw error;
            return { failure: error.code };
          }
        }),
        judge: unary(({ key, show }) => ({ known: pipeline.judge(key ?? "", show ?? false) })),
        tryText: unary(({ text }) => {
          const { grade, ...judgement } = judge.judgeText(cleanText(text ?? ""));
          return { ...judgement, ...(grade && { grades: gradesOf(grade) }) };
        }),
        mark: unary(({ text, label, authorId, key }) => {
          if (label && !isClass(label)) throw new Error(`Expected one of ${classes.join(", ")} for label`);
          const counted = counts.setFine(key ?? "", label === "normal");
          marked.tell();
          if (!graders?.marks || !text) return { known: counted };
          if (!label) return { known: graders.marks.remove(text) || counted };
          graders.marks.add({ text, label, author: authorId ?? "", atMs: Date.now() });
          return { known: true };
        }),
        listMarks: unary(marks),
        watchMarks: stream(async function* (_request, ended) {
          for await (const now of follow(marks, marked.on, ended)) {
            yield now;
            await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
          }
        }),
        dryRun: unary(({ json, hours }) => dryRuns.run(json ?? "{}", hours ?? 0, signal)),
        hitCounts: unary(() => ({
          counts: [...counts.all].map(([source, count]) => ({ source, ...count })),
        })),
        watchHeld: stream(async function* (_request, ended) {
          for await (const comments of follow(() => pipeline.held.all, pipeline.onChange, ended)) {
            yield { comments };
            await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
          }
        }),
        watchPinned: stream(async function* (_request, ended) {
          for await (const comments of follow(() => pipeline.pinned.all, pipeline.onChange, ended)) {
            yield { comments };
            await delay(STATUS_MS, undefined, { signal: ended }).catch(() => {});
          }
        }),
        endEvent: unary(async () => {
          moderation.endEvent();
          await pipeline.endEvent();
          graders?.marks?.clear();
          marked.tell();
          return {};
        }),
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
