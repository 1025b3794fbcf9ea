import type { Language, Words } from "./states.ts";

/** What a person reads about a failure: why it happened and what to do next. */
export interface Failure {
  readonly cause: Words;
  readonly next: Words;
}

/** Every failure that a person can meet; page, display, log and command line all read it here. */
export const failures = {
  CONFIG_INVALID: {
    cause: { en: "The configuration has a wrong key or value.", zh: "配置中有错误的键或值。" },
    next: { en: "Correct the keys named in the message.", zh: "请按提示修正相应的键。" },
  },
  CONFIG_UNREADABLE: {
    cause: { en: "The configuration file cannot be read.", zh: "无法读取配置文件。" },
    next: {
      en: "Check the path, the permissions, and that it is JSON.",
      zh: "请检查路径、权限以及是否为 JSON。",
    },
  },
  CONFIG_DISK_FULL: {
    cause: { en: "There is no space left for the configuration.", zh: "磁盘已满，无法保存配置。" },
    next: {
      en: "Free some space; until then nothing was changed.",
      zh: "请释放空间；在此之前未作任何更改。",
    },
  },
  CONFIG_NOT_WRITTEN: {
    cause: { en: "The configuration file cannot be written.", zh: "无法写入配置文件。" },
    next: {
      en: "Check the folder's permissions; nothing was changed.",
      zh: "请检查文件夹权限；未作任何更改。",
    },
  },
  ENGINE_FAILED: {
    cause: {
      en: "The cleaning engine fails: comments are not judged.",
      zh: "内容过滤引擎出错，弹幕未经判定。",
    },
    next: {
      en: "Nothing of them is shown; it is tried again every second.",
      zh: "这些弹幕不会显示；系统每秒会重试一次。",
    },
  },
  HELD_CLAIMED: {
    cause: { en: "Somebody else is looking at this comment.", zh: "另一位管理员正在处理这条弹幕。" },
    next: { en: "Take another one.", zh: "请处理其他弹幕。" },
  },
  AUTHOR_UNKNOWN: {
    cause: { en: "The platform does not say who wrote this.", zh: "平台未提供此弹幕的作者。" },
    next: { en: "Drop the comment alone.", zh: "请仅丢弃这条弹幕。" },
  },
  UNDO_TOO_LATE: {
    cause: { en: "It was decided more than ten seconds ago.", zh: "该操作已超过十秒。" },
    next: { en: "Decide anew where it can be.", zh: "如有需要，请重新操作。" },
  },
  SOURCE_PORT_IN_USE: {
    cause: { en: "Another program uses the source's port.", zh: "该信号源的端口已被其他程序占用。" },
    next: {
      en: "End that program or give the source another port; it is tried again every second.",
      zh: "请结束该程序或更换端口；系统每秒会重试一次。",
    },
  },
  SOURCE_ADDRESS_UNUSABLE: {
    cause: { en: "This machine does not have the source's address.", zh: "本机没有该信号源的地址。" },
    next: {
      en: "Use an address of this machine, or 0.0.0.0 for all.",
      zh: "请使用本机地址，或用 0.0.0.0 表示全部。",
    },
  },
  LINK_KEYS_WRONG: {
    cause: {
      en: "The keys of this link cannot be used: they were sealed on another box, or are none.",
      zh: "此链路的密钥无法使用：在其他盒子上加密，或格式不正确。",
    },
    next: {
      en: "Enter a pair of keys anew, on the page at both ends; until then nothing is sent or taken.",
      zh: "请在两端网页上重新填写密钥；在此之前不会收发任何内容。",
    },
  },
  LINK_BROKEN: {
    cause: {
      en: "The other end reports nothing, or gets next to nothing: sending was stopped.",
      zh: "对端没有反馈，或几乎收不到数据：已停止发送。",
    },
    next: {
      en: "Check the network between both; it is tried again every 15 seconds.",
      zh: "请检查两端之间的网络；系统每 15 秒会重试一次。",
    },
  },
  LINK_NO_WAY: {
    cause: { en: "No network leads to the other end of the link.", zh: "没有通往链路对端的网络。" },
    next: {
      en: "Check the cable and the address; it goes on by itself.",
      zh: "请检查网线和地址；恢复后会自动继续。",
    },
  },
  SINK_ONE_WAY_PUBLIC: {
    cause: {
      en: "A one-way sink asks nobody whether the picture is wanted, and its address is not on a private network.",
      zh: "单向输出不会询问对方是否需要画面，而其地址不在私有网络内。",
    },
    next: {
      en: "Use a private address, or leave oneWay out when the other end is a box.",
      zh: "请使用私有地址；若对端是本系统，请去掉 oneWay。",
    },
  },
  VIEWERS_FULL: {
    cause: {
      en: "As many pages show the live picture as this box can serve.",
      zh: "观看实时画面的页面已达到本设备上限。",
    },
    next: {
      en: "Close one of them; it is tried again every 15 seconds.",
      zh: "请关闭其中一个页面；系统每 15 秒会重试一次。",
    },
  },
  MEDIA_SETTING_REFUSED: {
    cause: { en: "This setting cannot be used; the others go on.", zh: "此设置无法使用，其他设置不受影响。" },
    next: {
      en: "Remove it and enter it anew; the log says what is wrong with it.",
      zh: "请删除后重新填写；日志中有具体原因。",
    },
  },
  SINKS_FULL: {
    cause: { en: "The picture is sent to eight places already.", zh: "画面已在发送到八个地址，达到上限。" },
    next: { en: "Remove a link that is not needed.", zh: "请先移除不需要的链路。" },
  },
  SOURCES_FULL: {
    cause: { en: "There are sixteen sources already.", zh: "信号源已有十六个，达到上限。" },
    next: { en: "Remove one that is not needed.", zh: "请先移除不需要的信号源。" },
  },
  BAD_REQUEST: {
    cause: { en: "The box does not understand what the page asked.", zh: "设备无法理解此请求。" },
    next: {
      en: "Load the page anew, as it may be of another version, and enter it again.",
      zh: "页面版本可能与设备不一致，请刷新后重新填写。",
    },
  },
  NO_SESSION: {
    cause: { en: "This device is not let in, or not any more.", zh: "此设备未获授权，或授权已被撤销。" },
    next: {
      en: "Load the page anew; the operator can let it in.",
      zh: "请刷新页面，并由操作员允许此设备加入。",
    },
  },
  FORBIDDEN: {
    cause: {
      en: "The box takes this from its own page alone, under its own address.",
      zh: "设备仅接受来自自身页面与地址的请求。",
    },
    next: { en: "Open the address that stands on the display.", zh: "请打开屏幕上显示的地址。" },
  },
  NOT_FOUND: {
    cause: { en: "The box has nothing of that name.", zh: "设备上没有此内容。" },
    next: { en: "Load the page anew.", zh: "请刷新页面。" },
  },
  LINK_NOT_THERE: {
    cause: { en: "There is no such link any more.", zh: "此链路已不存在。" },
    next: { en: "Another device removed it.", zh: "它已被另一台设备删除。" },
  },
  SOURCE_DUPLICATE: {
    cause: { en: "There is a source at this address already.", zh: "该地址上已有信号源。" },
    next: { en: "Use that one, or choose another port.", zh: "请使用已有的信号源，或更换端口。" },
  },
  SINK_DUPLICATE: {
    cause: { en: "The picture is sent there already.", zh: "画面已在发送到该地址。" },
    next: {
      en: "Change the link that is there, or choose another port.",
      zh: "请修改已有链路，或更换端口。",
    },
  },
  NO_NETWORK: {
    cause: { en: "No network.", zh: "没有网络。" },
    next: {
      en: "Plug in a network cable, or put provision.json on the card (docs/flash.md).",
      zh: "请插入网线，或在存储卡中放入 provision.json（见 docs/flash.md）。",
    },
  },
  STAGE_NO_KMS: {
    cause: { en: "The display controller cannot be used.", zh: "无法使用显示控制器。" },
    next: {
      en: "End other programs that use the display, or set display.backend to headless.",
      zh: "请关闭占用显示器的程序，或将 display.backend 设为 headless。",
    },
  },
  UPDATE_NOT_HERE: {
    cause: { en: "This machine takes no updates.", zh: "此设备不支持在线更新。" },
    next: { en: "Only a box that was flashed with the image does.", zh: "仅刷入镜像的设备可以更新。" },
  },
  UPDATE_RUNNING: {
    cause: { en: "An update is being installed.", zh: "正在安装更新。" },
    next: { en: "Wait until it is done.", zh: "请等待安装完成。" },
  },
  UPDATE_TOO_LARGE: {
    cause: { en: "The file is too large for an update.", zh: "文件过大，不是更新包。" },
    next: { en: "Choose a file that ends in .raucb.", zh: "请选择以 .raucb 结尾的文件。" },
  },
  UPDATE_DISK_FULL: {
    cause: { en: "No space is left for the update.", zh: "存储空间不足，无法存放更新。" },
    next: { en: "Use a card of 4 GB or more.", zh: "请使用 4 GB 或更大的存储卡。" },
  },
  UPDATE_REFUSED: {
    cause: { en: "The update was refused; nothing was changed.", zh: "更新被拒绝，系统未作任何改变。" },
    next: {
      en: "Take the file of this product from its maker, not older than what runs.",
      zh: "请使用本产品官方发布、且不低于当前版本的更新文件。",
    },
  },
  UPDATE_NO_ADDRESS: {
    cause: { en: "No address for updates is set.", zh: "未设置更新地址。" },
    next: { en: "Enter one, or choose a file.", zh: "请填写地址，或选择更新文件。" },
  },
  UPDATE_NOT_FETCHED: {
    cause: { en: "The update could not be fetched from its address.", zh: "无法从更新地址下载更新。" },
    next: {
      en: "Check the address and the network, or choose a file.",
      zh: "请检查地址和网络，或选择更新文件。",
    },
  },
  SAFE_MODE: {
    cause: {
      en: "Safe mode: a part of the box ended again and again. Comments are off.",
      zh: "安全模式：设备的某一部分反复退出，弹幕已关闭。",
    },
    next: { en: "End safe mode on the page, under System.", zh: "可在网页“系统”中退出安全模式。" },
  },
  RESCUE: {
    cause: {
      en: "Rescue: the box was switched off at once, four times in a row.",
      zh: "救援模式：设备连续四次开机后立即断电。",
    },
    next: {
      en: "The PIN erases all settings, on the page. To keep them, do nothing.",
      zh: "在网页输入此 PIN 将清除所有设置；如需保留，请勿操作。",
    },
  },
  RESET_NOT_HERE: {
    cause: { en: "This machine cannot be reset from here.", zh: "此设备不支持在网页上恢复出厂设置。" },
    next: {
      en: "Delete its configuration file; only a box that was flashed with the image resets itself.",
      zh: "请删除其配置文件；仅刷入镜像的设备可自行恢复。",
    },
  },
  WEB_PORT_IN_USE: {
    cause: { en: "Another program uses the page's port.", zh: "网页端口已被其他程序占用。" },
    next: {
      en: "End that program, or set another web.port; it is tried again by itself.",
      zh: "请结束该程序，或修改 web.port；系统会自动重试。",
    },
  },
  WEB_ADDRESS_UNUSABLE: {
    cause: { en: "The page cannot listen on its address.", zh: "网页无法监听所设地址。" },
    next: {
      en: "Set web.host to 0.0.0.0 or an address of this machine.",
      zh: "请将 web.host 设为 0.0.0.0 或本机地址。",
    },
  },
  STAGE_NO_GL: {
    cause: { en: "There is no OpenGL ES 3 on this machine.", zh: "本机没有 OpenGL ES 3。" },
    next: {
      en: "Install libgl1-mesa-dri; scripts/run does.",
      zh: "请安装 libgl1-mesa-dri（scripts/run 会自动安装）。",
    },
  },
  STAGE_NO_FONT: {
    cause: { en: "There is no font on this machine.", zh: "本机没有字体。" },
    next: {
      en: "Install fonts-noto-cjk; scripts/run does.",
      zh: "请安装 fonts-noto-cjk（scripts/run 会自动安装）。",
    },
  },
  STAGE_SHADER: {
    cause: { en: "The graphics driver refuses a shader.", zh: "显卡驱动拒绝了着色器。" },
    next: { en: "Update Mesa; the log has the driver's words.", zh: "请更新 Mesa；日志中有驱动的说明。" },
  },
  STAGE_SOCKET: {
    cause: { en: "The stage cannot open its sockets.", zh: "舞台无法打开套接字。" },
    next: {
      en: "Check the runtime folder's permissions and length.",
      zh: "请检查运行目录的权限与路径长度。",
    },
  },
  MEDIA_SOCKET: {
    cause: { en: "The media process cannot open its socket.", zh: "媒体进程无法打开套接字。" },
    next: {
      en: "Check the runtime folder's permissions and length.",
      zh: "请检查运行目录的权限与路径长度。",
    },
  },
  ROOM_NOT_FOUND: {
    cause: { en: "The platform has no such room.", zh: "平台上没有这个直播间。" },
    next: { en: "Check the number in the room's address.", zh: "请检查直播间网址中的房间号。" },
  },
  ROOM_TOKEN_REFUSED: {
    cause: { en: "The platform refused the room's token.", zh: "平台拒绝了直播间令牌。" },
    next: {
      en: "A new one is asked for by itself; with a cookie, log in again and renew it.",
      zh: "系统会自动重新获取；若设置了 Cookie，请重新登录并更新。",
    },
  },
  ROOM_RISK_CONTROL: {
    cause: {
      en: "The platform's risk control refuses this box (code -352, or a captcha).",
      zh: "平台风控拒绝了本机（代码 -352 或要求验证码）。",
    },
    next: {
      en: "Wait some minutes, or set the cookie of a logged-in browser.",
      zh: "请等待几分钟，或设置已登录浏览器的 Cookie。",
    },
  },
  ARCHIVE_FAILED: {
    cause: { en: "Comments are not kept: the disk takes nothing.", zh: "磁盘无法写入，弹幕未被保存。" },
    next: { en: "Free some space; they are shown all the same.", zh: "请释放空间；弹幕仍会正常显示。" },
  },
  ROOM_TOO_MANY: {
    cause: {
      en: "More rooms than this platform takes from one address.",
      zh: "该平台的直播间数量已达上限。",
    },
    next: { en: "Remove a room; this one connects then.", zh: "请移除一个直播间，本直播间随后会自动连接。" },
  },
  ROOM_TOKEN_WANTED: {
    cause: {
      en: "The platform lets nobody in without access of your own.",
      zh: "该平台需要您自己的访问凭据。",
    },
    next: {
      en: "Enter it under the room's Access.",
      zh: "请在该直播间的“访问凭据”中填写。",
    },
  },
  ROOM_CLOCK_WRONG: {
    cause: { en: "The clock of this box is wrong.", zh: "本机时钟不正确。" },
    next: {
      en: "Let the box reach a time server (NTP); the room connects then by itself.",
      zh: "请让设备能访问时间服务器（NTP），之后会自动连接。",
    },
  },
  ROOM_GUEST: {
    cause: {
      en: "Not logged in: the platform masks names and may hold comments back.",
      zh: "未登录：平台会隐藏昵称，弹幕可能不完整。",
    },
    next: {
      en: "Enter the cookie of a logged-in browser under Access, if you have one.",
      zh: "如有需要，请在“访问凭据”中填写已登录浏览器的 Cookie。",
    },
  },
  ROOM_COOKIE_EXPIRED: {
    cause: {
      en: "The cookie has run out: the room is followed without a login.",
      zh: "Cookie 已过期，正以未登录方式接收弹幕。",
    },
    next: {
      en: "Log in anew in a browser and enter its cookie under Access.",
      zh: "请在浏览器重新登录，并在“访问凭据”中更新 Cookie。",
    },
  },
  ROOM_THROTTLED: {
    cause: { en: "The platform throttles this address.", zh: "平台对本机地址限流。" },
    next: { en: "Wait; it is tried again ever later.", zh: "请等待；系统会逐渐延长间隔重试。" },
  },
  ROOM_UNREACHABLE: {
    cause: { en: "The platform does not answer.", zh: "平台没有响应。" },
    next: { en: "Check the network; it is tried again by itself.", zh: "请检查网络；系统会自动重试。" },
  },
  ROOM_BAD_REPLY: {
    cause: { en: "The platform's answer cannot be read.", zh: "无法解析平台的回应。" },
    next: { en: "It is tried again; if it stays, update Feimu.", zh: "系统会重试；若持续出现，请更新飞幕。" },
  },
  ROOM_STALLED: {
    cause: { en: "The room's connection went silent.", zh: "直播间连接没有数据。" },
    next: { en: "It is connected anew by itself.", zh: "系统会自动重新连接。" },
  },
  ROOM_DROPPED: {
    cause: { en: "The platform closed the room's connection.", zh: "平台关闭了直播间连接。" },
    next: { en: "It is connected anew by itself.", zh: "系统会自动重新连接。" },
  },
  ROOM_INSECURE_HOST: {
    cause: { en: "The room's host would be reached without encryption.", zh: "与直播间主机的连接未加密。" },
    next: {
      en: 'Use https endpoints, or set "allowPlain" if you trust the way.',
      zh: "请使用 https 端点；若信任该网络，可设置 allowPlain。",
    },
  },
  POST_NOT_HERE: {
    cause: { en: "No room of this name is posted to.", zh: "没有以此名称接收推送的房间。" },
    next: {
      en: "Add it on the page: own system, webhook, with the same name.",
      zh: "请在页面添加：自有系统、webhook，名称须一致。",
    },
  },
  POST_UNSIGNED: {
    cause: { en: "The message's signature is not right.", zh: "消息签名不正确。" },
    next: {
      en: "Sign id.timestamp.body with the secret that was entered on the page.",
      zh: "请使用页面中填写的密钥对 id.timestamp.body 签名。",
    },
  },
  POST_LATE: {
    cause: {
      en: "The message was signed more than five minutes ago, or ahead.",
      zh: "消息签名时间与本机相差超过五分钟。",
    },
    next: { en: "Set the clocks of both machines.", zh: "请校准双方的时钟。" },
  },
  HELD_NO_MORE: {
    cause: { en: "This comment does not wait any more.", zh: "此条弹幕已不在待审列表中。" },
    next: { en: "It was taken back, or waited for too long.", zh: "它已被撤回，或等待时间过长。" },
  },
  RULE_NOT_THERE: {
    cause: { en: "There is no such rule any more.", zh: "此规则已不存在。" },
    next: { en: "Another device removed it.", zh: "它已被另一台设备删除。" },
  },
  IMPORT_UNREADABLE: {
    cause: { en: "The file cannot be read as a list.", zh: "无法将此文件读作词表。" },
    next: {
      en: "Words one a line, or a block list of Bilibili as XML or JSON.",
      zh: "支持每行一词的文本，以及哔哩哔哩导出的 XML 或 JSON 屏蔽列表。",
    },
  },
  IMPORT_TOO_LARGE: {
    cause: { en: "The file is too large.", zh: "文件过大。" },
    next: { en: "At most 8 MiB; nothing was changed.", zh: "最大 8 MiB；未作任何更改。" },
  },
  DRY_RUN_BUSY: {
    cause: { en: "Another trial is under way.", zh: "另一次试运行正在进行。" },
    next: { en: "Try again when it is done.", zh: "请在其完成后重试。" },
  },
  GUEST_CODE_OLD: {
    cause: { en: "This code is over.", zh: "二维码已失效。" },
    next: { en: "Scan the one on the display.", zh: "请重新扫描屏幕上的二维码。" },
  },
  GUEST_WAIT: {
    cause: { en: "That was a lot at once.", zh: "发送过于频繁。" },
    next: { en: "Wait a little, then send again.", zh: "请稍候再发送。" },
  },
  GUEST_CLOSED: {
    cause: { en: "Nothing can be posted here now.", zh: "现在无法在这里发送弹幕。" },
    next: { en: "Ask the people who run this event.", zh: "请询问活动主办方。" },
  },
  PIN_WRONG: {
    cause: { en: "That is not the PIN on the display.", zh: "PIN 与屏幕上显示的不一致。" },
    next: { en: "Read the eight digits again.", zh: "请重新查看屏幕上的八位数字。" },
  },
  PIN_WAIT: {
    cause: { en: "There were too many wrong PINs.", zh: "PIN 输入错误次数过多。" },
    next: { en: "Wait; then a new PIN stands on the display.", zh: "请等待；之后屏幕会显示新的 PIN。" },
  },
  PIN_NOT_OFFERED: {
    cause: { en: "This box has an owner and offers no PIN now.", zh: "设备已有主人，目前不提供 PIN。" },
    next: { en: "Ask the operator to let this device in.", zh: "请让操作员允许此设备加入。" },
  },
  ROOM_DUPLICATE: {
    cause: { en: "This room is there already.", zh: "该直播间已存在。" },
    next: { en: "Choose another room.", zh: "请选择其他直播间。" },
  },
  BOX_UNREACHABLE: {
    cause: { en: "The box does not answer.", zh: "设备没有响应。" },
    next: {
      en: "Check that it runs and that you are in its network.",
      zh: "请确认设备已运行且处于同一网络。",
    },
  },
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof failures;

/** The entry of a code that came over a wire, if it is one of ours. */
export function failureOf(code: string): Failure | undefined {
  return Object.hasOwn(failures, code) ? failures[code as FailureCode] : undefined;
}

/** Cause and next step; the code alone when it is of a later version. */
export function explainIn(language: Language, code: string): string {
  const failure = failureOf(code);
  if (!failure) return code;
  // Chinese needs no space between two sentences.
  return [failure.cause[language], failure.next[language]].join(language === "zh" ? "" : " ");
}
