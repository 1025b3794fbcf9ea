import { computed, signal } from "@preact/signals";
import { explainIn } from "../../catalogue/failures.ts";
import type { Language } from "../../catalogue/states.ts";
import { linkWords } from "./link-words.ts";
import { ruleWords } from "./rule-words.ts";

/** Everything that the page says. A language that misses a word does not pass the type check. */
const words = {
  box: { en: "Feimu box", zh: "飞幕盒子" },
  loading: { en: "Looking for the box …", zh: "正在连接设备……" },
  claimTitle: { en: "Enter the PIN on the display", zh: "请输入屏幕上显示的 PIN" },
  claimNote: {
    en: "Eight digits stand on the screen that this box is plugged into.",
    zh: "八位数字显示在本设备所连接的屏幕上。",
  },
  pin: { en: "PIN", zh: "PIN" },
  enter: { en: "Enter", zh: "进入" },
  triesLeft: { en: "Tries left:", zh: "剩余次数：" },
  waitSeconds: { en: "Seconds to wait:", zh: "需等待秒数：" },
  askTitle: { en: "Ask the operator", zh: "请联系操作员" },
  askNote: {
    en: "This box has an owner. The operator can let this device in.",
    zh: "此设备已有主人，操作员可以允许此设备加入。",
  },
  stage: { en: "Stage", zh: "舞台" },
  stageLabel: { en: "The live stage, as the display shows it", zh: "屏幕正在显示的实时画面" },
  connectingPicture: { en: "Connecting the picture …", zh: "正在连接画面……" },
  saveSnapshot: { en: "Save a picture", zh: "保存截图" },
  rooms: { en: "Rooms", zh: "直播间" },
  noRooms: { en: "No room yet. Add one below.", zh: "还没有直播间，请在下方添加。" },
  platform: { en: "Platform", zh: "平台" },
  roomNumber: { en: "Room number or address", zh: "房间号或网址" },
  roomName: { en: "Name of your choice", zh: "自定名称" },
  transport: { en: "Comes by", zh: "接入方式" },
  address: { en: "Address", zh: "地址" },
  mapping: { en: "Fields of its messages", zh: "消息字段" },
  mappingHint: {
    en: "JSON paths; empty when the messages have the fields of a comment: text, author.name, id.",
    zh: "JSON 路径；若消息已使用 text、author.name、id 等字段，可留空。",
  },
  postTo: { en: "Post to", zh: "推送地址" },
  credentials: { en: "Access", zh: "访问凭据" },
  optional: { en: "optional", zh: "可选" },
  save: { en: "Save", zh: "保存" },
  add: { en: "Add", zh: "添加" },
  remove: { en: "Remove", zh: "移除" },
  forget: { en: "Erase this person's comments", zh: "清除此人的弹幕" },
  forgetConfirm: { en: "Erase everything that this person said?", zh: "确定清除此人的全部弹幕吗？" },
  delay: { en: "Comments held back, seconds", zh: "弹幕延迟（秒）" },
  saveComments: { en: "Save the comments:", zh: "保存弹幕：" },
  endEvent: { en: "End the event", zh: "结束活动" },
  endEventNote: {
    en: "Erases all comments and the names by which the box knew their authors.",
    zh: "将清除所有弹幕，以及设备为作者生成的代号。",
  },
  endEventConfirm: { en: "Erase all comments of this box?", zh: "确定清除此设备上的所有弹幕吗？" },
  eventEnded: { en: "All comments are erased.", zh: "所有弹幕已清除。" },
  reconnects: { en: "reconnects", zh: "次重连" },
  triedAgain: { en: "Tried again in seconds:", zh: "重试倒计时（秒）：" },
  skipped: { en: "not readable", zh: "条无法读取" },
  perSecond: { en: "comments a second", zh: "条/秒" },
  rescueTitle: { en: "Erase all settings", zh: "清除所有设置" },
  rescueNote: {
    en: "The PIN on the display erases all settings, networks and devices. The box is new afterwards.",
    zh: "输入屏幕上的 PIN 将清除所有设置、网络和已允许的设备，设备将恢复出厂状态。",
  },
  reset: { en: "Erase all settings", zh: "清除所有设置" },
  resetNote: {
    en: "Settings, networks and devices are erased; the box starts as a new one.",
    zh: "将清除设置、网络和已允许的设备，并以出厂状态重新启动。",
  },
  resetConfirm: { en: "Erase all settings of this box?", zh: "确定清除此设备的所有设置吗？" },
  resetting: { en: "The box erases its settings and starts again.", zh: "设备正在清除设置并重新启动。" },
  settingsNote: {
    en: "A saved file holds no cookies and no PIN; when it is loaded, what this box knows of them stays.",
    zh: "导出的文件不含 Cookie 和 PIN；导入时保留本设备已有的这些信息。",
  },
  exportSettings: { en: "Save settings to a file", zh: "导出设置" },
  importSettings: { en: "Load settings from a file", zh: "导入设置" },
  imported: { en: "The settings are in force.", zh: "设置已生效。" },
  warnings: { en: "Warnings of the box", zh: "设备警告记录" },
  leaveSafeMode: { en: "End safe mode", zh: "退出安全模式" },
  system: { en: "System", zh: "系统" },
  update: { en: "Update", zh: "更新" },
  updateAddress: { en: "Address for updates", zh: "更新地址" },
  updateSave: { en: "Save", zh: "保存" },
  updateFetch: { en: "Fetch and update", zh: "下载并更新" },
  updateFile: { en: "Update file (.raucb)", zh: "更新文件（.raucb）" },
  updateForce: { en: "Also while a picture is shown", zh: "播放画面时也更新" },
  updateNow: { en: "Update", zh: "更新" },
  updateNone: { en: "No update is waiting.", zh: "没有待安装的更新。" },
  updateSending: { en: "Bringing the file to the box …", zh: "正在传输更新文件……" },
  updateInstalling: { en: "Installing:", zh: "正在安装：" },
  updateInstalled: { en: "Installed. The box starts again by itself.", zh: "已安装，设备将自动重启。" },
  updateLast: { en: "Last time:", zh: "上次：" },
  sources: { en: "Sources", zh: "信号源" },
  mediaAway: {
    en: "The box does not know how they are at the moment; it goes on by itself.",
    zh: "暂时无法获知状态，系统会自动恢复。",
  },
  noSources: {
    en: "Nothing can send a picture to this box yet: press “Receive from another box” and say where it listens.",
    zh: "尚无信号源，无法接收画面：请点击“接收另一台设备的画面”，填写监听地址。",
  },
  onStage: { en: "on the stage", zh: "正在播放" },
  from: { en: "from", zh: "来自" },
  refused: { en: "refused: allow?", zh: "已被拒绝，是否允许？" },
  allow: { en: "Allow", zh: "允许" },
  lost: { en: "lost packets", zh: "丢包" },
  malformed: { en: "malformed packets", zh: "错误数据包" },
  damaged: { en: "damaged pictures", zh: "损坏画面" },
  yourName: { en: "Your name", zh: "昵称" },
  yourComment: { en: "Your comment", zh: "说点什么" },
  send: { en: "Send", zh: "发送" },
  sent: { en: "Sent.", zh: "已发送。" },
  sentWaits: { en: "Sent. It is shown once it was looked at.", zh: "已发送，审核后显示。" },
  approval: { en: "What is said waits for my approval", zh: "弹幕需经我审核后显示" },
  held: { en: "Waiting for you", zh: "待审核" },
  show: { en: "Show", zh: "显示" },
  drop: { en: "Drop", zh: "丢弃" },
  heldKeys: {
    en: "On a comment: ↓ ↑ or J K move, A shows, X drops, B blocks the author, U undoes. By finger: right shows, left drops.",
    zh: "选中一条后：↓ ↑ 或 J K 移动，A 显示，X 丢弃，B 屏蔽作者，U 撤销；触屏右滑显示，左滑丢弃。",
  },
  claimedBy: { en: "looked at by", zh: "正在处理：" },
  block: { en: "Block the author", zh: "屏蔽作者" },
  trust: { en: "Trust the author", zh: "信任作者" },
  clear: { en: "Neither block nor trust", zh: "取消标记" },
  undo: { en: "Undo", zh: "撤销" },
  coming: { en: "About to fly", zh: "即将上屏" },
  nothingComing: { en: "Nothing is about to fly.", zh: "暂无即将上屏的弹幕。" },
  panic: { en: "Panic: cover all", zh: "紧急遮挡" },
  panicEnd: { en: "Uncover", zh: "解除遮挡" },
  panicOn: {
    en: "The picture is covered. What comes waits for you; nothing is shown.",
    zh: "画面已遮挡。新内容均待审核，不会显示。",
  },
  panicReason: { en: "while covered", zh: "遮挡期间" },
  undoneReason: { en: "undone", zh: "已撤销" },
  moderation: { en: "Moderation", zh: "管理" },
  safety: { en: "Seconds in which a comment can be dropped before it flies", zh: "上屏前可拦截时间（秒）" },
  slow: { en: "Slow mode: seconds between two comments of one author", zh: "慢速模式：同一作者间隔（秒）" },
  authorRate: {
    en: "Comments of one author in ten seconds, at most (0: any)",
    zh: "同一作者每十秒最多条数（0 为不限）",
  },
  unattended: { en: "Stricter while nobody is here", zh: "无人看管时自动提高一级" },
  inForce: { en: "Strictness in force:", zh: "当前严格程度：" },
  nobodyThere: {
    en: "Nobody has used this page for two minutes: one step stricter.",
    zh: "两分钟无人操作，已自动提高一级。",
  },
  limited: { en: "too fast:", zh: "发送过快：" },
  refusedComments: { en: "blocked:", zh: "已屏蔽：" },
  unjudged: { en: "not judged yet:", zh: "待判定：" },
  knownAuthors: { en: "Trusted and blocked authors", zh: "已信任与已屏蔽的作者" },
  trusted: { en: "trusted", zh: "已信任" },
  blocked: { en: "blocked", zh: "已屏蔽" },
  decisionLog: { en: "Who decided what", zh: "操作记录" },
  cleaning: { en: "Cleaning", zh: "内容过滤" },
  profile: { en: "Who watches", zh: "场合" },
  bar: { en: "a bar", zh: "酒吧" },
  esports: { en: "an e-sports evening", zh: "电竞观赛" },
  exhibition: { en: "an exhibition", zh: "展会" },
  classroom: { en: "a classroom", zh: "课堂" },
  strength: { en: "Strictness", zh: "严格程度" },
  strength1: { en: "lenient", zh: "宽松" },
  strength2: { en: "middle", zh: "适中" },
  strength3: { en: "strict", zh: "严格" },
  strength4: { en: "strictest", zh: "最严" },
  ownWords: { en: "Words of your own, one a line", zh: "自定义词，每行一个" },
  ownWordsHint: {
    en: "“@ads 3” above them says what they are; a line that begins with ! is harmless.",
    zh: "上方写“@ads 3”可指定类别与级别；以 ! 开头的行视为无害。",
  },
  tryText: { en: "What would happen to this text?", zh: "试一试：这句话会怎样？" },
  tryIt: { en: "Try", zh: "测试" },
  action0: { en: "is shown", zh: "显示" },
  action1: { en: "is masked", zh: "打码" },
  action2: { en: "is folded", zh: "合并" },
  action3: { en: "waits for you", zh: "待审核" },
  action4: { en: "is dropped", zh: "丢弃" },
  mark: { en: "What it is:", zh: "标记为：" },
  markNone: { en: "mark …", zh: "标记…" },
  markFine: { en: "fine", zh: "没问题" },
  marks: { en: "Download what you marked", zh: "下载标记" },
  gradedAs: { en: "graded", zh: "评为" },
  reversed: { en: "backwards", zh: "倒写" },
  spoken: { en: "in pinyin", zh: "拼音" },
  ...ruleWords,
  ...linkWords,
  approvalReason: { en: "approval", zh: "需审核" },
  emotes: { en: "Pictures of emotes", zh: "表情图片" },
  superChats: { en: "Cards for super chats", zh: "醒目留言卡片" },
  gifts: { en: "Gifts", zh: "礼物" },
  guards: { en: "Banner for new guards", zh: "大航海横幅" },
  enters: { en: "Who enters", zh: "进场提示" },
  danmaku: { en: "Danmaku", zh: "弹幕" },
  enabled: { en: "Show comments", zh: "显示弹幕" },
  opacity: { en: "Opacity", zh: "不透明度" },
  area: { en: "Area", zh: "显示区域" },
  speed: { en: "Speed", zh: "速度" },
  fontPx: { en: "Size", zh: "字号" },
  maxOnScreen: { en: "Most at once", zh: "同屏上限" },
  outline: { en: "Outline", zh: "描边" },
  comments: { en: "Comments", zh: "评论" },
  noComments: { en: "Nothing was said yet.", zh: "还没有评论。" },
  missing: { en: "seconds of comments are missing here", zh: "秒的弹幕在此缺失" },
  masked: { en: "masked", zh: "已隐藏" },
  maskedName: {
    en: "The platform hides this name from who is not logged in.",
    zh: "平台对未登录者隐藏此昵称。",
  },
  health: { en: "Health", zh: "运行状态" },
  restarts: { en: "restarts", zh: "次重启" },
  display: { en: "Display", zh: "显示" },
  ahead: { en: "comments drawn ahead:", zh: "弹幕预渲染：" },
  missedFlips: { en: "missed refreshes", zh: "次丢帧" },
  viewers: { en: "viewers", zh: "位观看者" },
  devices: { en: "Devices", zh: "已授权设备" },
  letIn: { en: "Let another device in", zh: "允许另一台设备加入" },
  pinShown: { en: "Enter this PIN on the other device:", zh: "请在另一台设备上输入此 PIN：" },
  stopPin: { en: "Hide the PIN", zh: "隐藏 PIN" },
  thisDevice: { en: "this device", zh: "本机" },
  logout: { en: "Log out", zh: "退出" },
  reconnecting: { en: "The box is away; trying again …", zh: "设备离线，正在重试……" },
  language: { en: "中文", zh: "English" },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

export type Word = keyof typeof words;

const kept = (() => {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
})();
const wanted = kept ?? navigator.language;

export const language = signal<Language>(wanted.startsWith("zh") ? "zh" : "en");
export const say = computed(() => (word: Word) => words[word][language.value]);

export function switchLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh";
  try {
    localStorage.setItem("language", language.value);
  } catch {
    // Private windows keep nothing.
  }
}

/** Cause and next step of a code in the catalogue. */
export function explain(code: string): string {
  return explainIn(language.value, code);
}
