import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../box/config.ts";
import { imagePaths } from "../box/image-paths.ts";
import type { FailureCode } from "../catalogue/failures.ts";
import type { Comment } from "../comments/comment.ts";
import { exists } from "../host/exists.ts";
import { platformNames } from "../rooms/registry.ts";
import { watch } from "../rpc/client.ts";
import { runProcess } from "../rpc/process.ts";
import type { Message } from "../rpc/proto.ts";
import { unary } from "../rpc/server.ts";
import { PinGate } from "../trust/pin.ts";
import { Sessions } from "../trust/sessions.ts";
import { Updates } from "../update/updates.ts";
import { Guests } from "../venue/guests.ts";
import { ApiError } from "../web/api.ts";
import { CommentLines, comingLine, heldLine } from "../web/comment-lines.ts";
import type { LiveState } from "../web/live-state.ts";
import { type OperatorActions, WebServer } from "../web/server.ts";
import { AttendanceReport } from "./attendance-report.ts";
import { fetchCover } from "./cover.ts";
import { hear } from "./hear.ts";
import { guestAddress, idleScreen } from "./idle-screen.ts";
import { linkActions, linkSettings } from "./link-actions.ts";
import { moderationActions } from "./moderation-actions.ts";
import { PageSocket } from "./page-socket.ts";
import { platformOffer } from "./platform-offer.ts";
import { ruleActions } from "./rule-actions.ts";
import { settingActions } from "./setting-actions.ts";
import { Settings } from "./settings.ts";
import { systemActions } from "./system-actions.ts";

const SHOWN_COMMENTS = 200;
const LISTEN_AGAIN_MS = 2_000;

await runProcess("control", async (context) => {
  const { log, signal } = context;
  const box = context.connect("box", "feimu.v1.Box");
  const comments = context.connect("comments", "feimu.v1.Comments");
  const moderation = context.connect("comments", "feimu.v1.Moderation");
  const media = context.connect("media", "feimu.v1.Media");
  const stage = context.connect("stage", "feimu.v1.Stage");
  const stateDir = process.env.FEIMU_STATE_DIR ?? context.runtimeDir;
  const sessions = await Sessions.open(join(stateDir, "sessions.json"), Date.now);
  const updates = await Updates.open({ folder: imagePaths.update, lastFile: imagePaths.lastUpdate });
  const pages = new Set<PageSocket>();
  const lines = new CommentLines(SHOWN_COMMENTS);
  const settings = new Settings(box, context.config);
  const shownSettings = (config: Config) => ({
    name: config.name,
    danmaku: config.danmaku,
    clean: config.clean,
    panic: config.panic.on,
    linkSettings: linkSettings(config),
  });
  let state: LiveState = {
    ...shownSettings(settings.config),
    moderation: {},
    platforms: platformNames.map(platformOffer),
    rooms: [],
    mediaAway: true,
    sources: [],
    links: [],
    held: [],
    marked: { texts: [], fine: [] },
    viewers: 0,
    stage: {},
    processes: [],
    safeMode: "",
    pin: undefined,
    sessions: sessions.list().length,
  };
  let shownIdle = "";
  let webFailure: FailureCode | undefined;
  let updating = false;

  const showIdle = async () => {
    const failures: FailureCode[] = [];
    if (webFailure) failures.push(webFailure);
    if (updating) failures.push("UPDATE_RUNNING");
    if (state.safeMode) failures.push("SAFE_MODE");
    if (rescue.current && !pin.current) failures.push("RESCUE");
    const { config } = settings;
    const screen = {
      ...idleScreen(config, pin.current ?? rescue.current, state, failures),
      guestAddress: guestAddress(config.web, guests.code) ?? "",
    };
    const text = JSON.stringify(screen);
    if (text === shownIdle) return;
    shownIdle = text;
    // A stage that is away asks by itself when it is back (`introduced`).
    await stage.unary("setIdle", screen).catch(() => {
      shownIdle = "";
    });
  };
  const tell = (change: Partial<LiveState>) => {
    state = { ...state, ...change };
    for (const page of pages) page.send({ type: "state", state: change });
    void showIdle();
  };
  const pin = new PinGate(
    () => performance.now(),
    (offered) => {
      if (offered) log.info({ pin: offered }, "enter this PIN on the page");
      tell({ pin: offered });
    },
  );
  // Good for a reset and nothing else: who only sees the display is not the owner.
  const rescue = new PinGate(
    () => performance.now(),
    () => void showIdle(),
  );

  const actions: OperatorActions = {
    ...settingActions(settings),
    async post(platform, id, post) {
      const { taken, failure } = await comments.unary("post", { platform, id, ...post });
      if (failure) throw new ApiError(failure === "POST_NOT_HERE" ? 404 : 401, failure);
      return taken;
    },
    async cover(platform, id) {
      const isIt = (room: Message) => room.platform === platform && room.id === id;
      const address = state.rooms.find(isIt)?.cover;
      const room = settings.config.rooms.find(isIt);
      return address && room ? fetchCover(address, room, signal) : undefined;
    },
    async *exportComments(platform, id, format, withIds) {
      const room = state.rooms.find((one) => one.platform === platform && one.id === id)?.longId || id;
      for await (const { text } of comments.stream("export", { platform, room, format, withIds }, signal)) {
        yield text;
      }
    },
    async endEvent() {
      await guests.renew();
      await comments.unary("endEvent", {});
    },
    async mark({ text = "", label, author = "", key = "" }) {
      await comments.unary("mark", { text, label, authorId: author.split(":").at(-1), key });
    },
    async marks() {
      const { marks = [] } = await comments.unary("listMarks", {});
      return marks.map((mark: Message) => `${JSON.stringify(mark)}\n`).join("");
    },
    tryText: (text) => comments.unary("tryText", { text }),
    async snapshot() {
      const { png } = await stage.unary("snapshot", {}, { deadlineMs: 10_000 });
      return Buffer.from(png);
    },
  };

  const attendance = new AttendanceReport(moderation, () => sessions.owned);
  attendance.run(signal);
  const guests = await Guests.open(join(stateDir, "guests.key"), actions.post);
  guests.configure(settings.config);
  guests.followCode(() => void showIdle(), signal);
  const system = systemActions({ settings, box, updates, stateDir });

  const rules = ruleActions({ settings, comments });
  context.onConfig((next, revision) => {
    settings.take(next, revision);
    guests.configure(next);
    tell(shownSettings(next));
  });
  const follow = async (messages: AsyncIterable<Message>, take: (message: Message) => void) => {
    for await (const message of messages) take(message);
  };
  void follow(watch(comments, "watchRooms", {}, signal), ({ rooms }) => tell({ rooms }));
  void follow(watch(comments, "watchHeld", {}, signal), (waiting) =>
    tell({ held: (waiting.comments as Comment[]).map(heldLine) }),
  );
  void follow(watch(comments, "watchMarks", {}, signal), ({ marks = [], fine = [] }) =>
    tell({ marked: { texts: marks.map(({ text, label }: Message) => ({ text, label })), fine } }),
  );
  void follow(watch(moderation, "watchModeration", {}, signal), ({ coming, ...now }) => {
    attendance.told(now.attended ?? true);
    tell({ moderation: { ...now, coming: coming.map(comingLine) } });
  });
  // How it was is not how it is: what is away has no sources, no links and no rate.
  void hear(
    watch(media, "watchStatus", {}, signal),
    ({ sources, links, viewers }) => tell({ mediaAway: false, sources, links, viewers }),
    () => tell({ mediaAway: true, sources: [], links: [], viewers: 0 }),
  );
  void follow(watch(box, "watchProcesses", {}, signal), ({ processes, safeMode }) =>
    tell({ processes, safeMode }),
  );
  void hear(
    watch(stage, "watchStatus", {}, signal),
    (status) => {
      if (!status.introduced) shownIdle = "";
      tell({ stage: status });
    },
    () => tell({ stage: {} }),
  );
  // Where the last comment of each room was: what comes while the other process is away is asked for.
  const positions = new Map<string, { platform: string; room: string; sequence: number }>();
  const asked = () => ({ since: [...positions.values()], backlog: positions.size > 0 ? 0 : SHOWN_COMMENTS });
  void follow(watch(comments, "subscribe", asked, signal), (comment: Comment) => {
    const { platform, room, sequence = 0 } = comment;
    positions.set(`${platform}/${room}`, { platform, room, sequence });
    const message = lines.take(comment);
    if (!message) return;
    for (const page of pages) page.send(message);
    guests.tell(message);
  });

  // A new box has no owner: a PIN stands on the display until somebody has entered one.
  const renew = setInterval(() => {
    if (!sessions.owned && pin.current === undefined) pin.offer();
    else if (pin.current === undefined && state.pin !== undefined) pin.withdraw();
    if (!rescue.current) rescue.withdraw();
    void updates.status().then(({ phase }) => {
      updating = phase === "waiting" || phase === "installing";
      return showIdle();
    });
  }, 1_000);
  if (!sessions.owned) pin.offer();
  else if (await exists(imagePaths.rescue)) rescue.offer();

  const openServer = () =>
    new WebServer({
      host: settings.config.web.host,
      port: settings.config.web.port,
      name: () => settings.config.name,
      sessions,
      pin,
      rescue,
      actions,
      system,
      moderation: moderationActions(moderation, box),
      rules,
      links: linkActions(settings),
      guests,
      onActive: attendance.active,
      onSessions: () => tell({ sessions: sessions.list().length }),
      log,
      onSocket: (socket) => {
        const page = new PageSocket(socket, media, attendance.active);
        pages.add(page);
        socket.on("close", () => pages.delete(page));
        page.send({ type: "state", state, whole: true });
        page.send({ type: "comments", lines: lines.all });
      },
    });
  await context.serve([
    {
      service: "feimu.v1.Control",
      methods: {
        offerPin: unary(() => {
          pin.offer();
          return { owned: sessions.owned, ...(pin.current && { pin: pin.current }) };
        }),
      },
    },
  ]);
  void listen();
  signal.addEventListener("abort", () => clearInterval(renew), { once: true });

  /** A port in use must not end the process: what else it does goes on, and the port may become free. */
  async function listen(): Promise<void> {
    while (!signal.aborted) {
      const server = openServer();
      try {
        await server.listen();
        const { host, port } = settings.config.web;
        log.info({ host, port }, "page ready");
        webFailure = undefined;
        void showIdle();
        signal.addEventListener("abort", () => void server.close(), { once: true });
        return;
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        const failure = code === "EADDRINUSE" ? "WEB_PORT_IN_USE" : "WEB_ADDRESS_UNUSABLE";
        if (!webFailure) log.error({ err: error, failure }, "the page cannot be opened");
        webFailure = failure;
        void showIdle();
        await server.close();
        await delay(LISTEN_AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
});
