/** Languages of the page, the display and the command line. */
export const languages = ["zh", "en"] as const;
export type Language = (typeof languages)[number];
export type Words = Readonly<Record<Language, string>>;

/** The states of a room's connection, in words. */
export const roomStates = {
  idle: { en: "off", zh: "未连接" },
  resolving: { en: "looking up", zh: "查询中" },
  connecting: { en: "connecting", zh: "连接中" },
  authenticating: { en: "signing in", zh: "验证中" },
  live: { en: "live", zh: "直播中" },
  offline: { en: "connected, not on air", zh: "已连接，未开播" },
  recovering: { en: "reconnecting", zh: "重新连接中" },
  refused: { en: "refused", zh: "被拒绝" },
} as const satisfies Record<string, Words>;

export const sourceStates = {
  waiting: { en: "waiting for a sender", zh: "等待信号" },
  live: { en: "live", zh: "信号正常" },
  frozen: { en: "frozen", zh: "画面停顿" },
  failed: { en: "failed", zh: "无法使用" },
} as const satisfies Record<string, Words>;

/** Of one end of a link; while it sends, what the congestion controller does. */
export const linkStates = {
  waiting: { en: "waiting for a sender", zh: "等待发送端" },
  receiving: { en: "receiving", zh: "接收中" },
  proving: { en: "waiting for the other end's answer", zh: "等待对端应答" },
  "no-way": { en: "no way to the other end", zh: "无法到达对端" },
  closed: { en: "closed", zh: "已关闭" },
  broken: { en: "given up for now", zh: "已暂停" },
  Fixed: { en: "at a fixed rate", zh: "固定速率" },
  Startup: { en: "finding the rate", zh: "正在测定速率" },
  Drain: { en: "emptying the queue", zh: "正在清空排队" },
  "ProbeBW-Down": { en: "making room", zh: "略降速率" },
  "ProbeBW-Cruise": { en: "steady", zh: "稳定" },
  "ProbeBW-Refill": { en: "about to try more", zh: "准备提速" },
  "ProbeBW-Up": { en: "trying more", zh: "尝试提速" },
  ProbeRTT: { en: "measuring the delay", zh: "测量时延" },
  Competing: { en: "sharing the path with others", zh: "与其他流量共享线路" },
  FeedbackLost: { en: "no reports from the other end", zh: "收不到对端反馈" },
} as const satisfies Record<string, Words>;

export const processStates = {
  starting: { en: "starting", zh: "启动中" },
  serving: { en: "running", zh: "运行中" },
  "not-serving": { en: "not ready", zh: "未就绪" },
  waiting: { en: "restarting", zh: "等待重启" },
} as const satisfies Record<string, Words>;

export const sourceKinds = {
  rtp: { en: "RTP", zh: "RTP" },
  "test-pattern": { en: "Test pattern", zh: "测试画面" },
} as const satisfies Record<string, Words>;

/** The word for a state that came over a wire; the state itself when it is of a later version. */
export function wordFor(words: Readonly<Record<string, Words>>, state: string, language: Language): string {
  return Object.hasOwn(words, state) ? words[state]![language] : state;
}
