import { type Saying, STRANGER, uidOf, unique } from "../saying.ts";

const modes = { scroll: 1, bottom: 4, top: 5 } as const;

const emotesOf = (emotes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(emotes).map(([token, url]) => [
      token,
      { emoticon_unique: `room_${token}`, url, width: 20, height: 20, descript: token, count: 1 },
    ]),
  );

function chat(saying: Saying, author: string, nowMs: number) {
  const colour = saying.colour ?? 0xffffff;
  // The fields of today's web page, most of which nobody reads.
  const extra = {
    send_from_me: false,
    master_player_hidden: false,
    mode: 0,
    color: colour,
    dm_type: 0,
    font_size: 25,
    player_mode: 1,
    show_player_type: 0,
    content: saying.text,
    user_hash: "1597643808",
    emoticon_unique: "",
    bulge_display: 0,
    recommend_score: 1,
    main_state_dm_color: "",
    objective_state_dm_color: "",
    direction: 0,
    pk_direction: 0,
    quartet_direction: 0,
    anniversary_crowd: 0,
    yeah_space_type: "",
    yeah_space_url: "",
    jump_to_url: "",
    space_type: "",
    space_url: "",
    animation: {},
    emots: saying.emotes ? emotesOf(saying.emotes) : null,
    is_audited: false,
    id_str: unique(),
    icon: null,
    show_reply: true,
    reply_mid: 0,
    reply_uname: "",
    reply_uname_color: "",
    reply_is_mystery: false,
    reply_type_enum: 0,
    hit_combo: 0,
    esports_jump_url: "",
  };
  const user = {
    uid: uidOf(author),
    base: {
      name: author,
      face: "",
      name_color: 0,
      is_mystery: false,
      risk_ctrl_info: null,
      origin_info: { name: author, face: "" },
      official_info: { role: 0, title: "", desc: "", type: -1 },
      name_color_str: "",
    },
    medal: null,
    wealth: null,
    title: { old_title_css_id: "", title_css_id: "" },
    guard: null,
    uhead_frame: null,
    guard_leader: { is_guard_leader: false },
  };
  return {
    cmd: "DANMU_MSG",
    dm_v2: "",
    info: [
      [
        0,
        modes[saying.mode ?? "scroll"],
        25,
        colour,
        nowMs,
        nowMs % 1_000_000,
        0,
        "5f3a1c20",
        0,
        0,
        0,
        "",
        0,
        "{}",
        "{}",
        { extra: JSON.stringify(extra), mode: 0, show_player_type: 0, user },
        { activity_identity: "", activity_source: 0, not_show: 0 },
        0,
      ],
      saying.text ?? "",
      [uidOf(author), author, 0, 0, 0, 10_000, 1, ""],
      [],
      [10, 0, 9_868_950, ">50000", 0],
      ["", ""],
      0,
      0,
      null,
      { ts: Math.floor(nowMs / 1000), ct: "5F3A1C20" },
      0,
      0,
      null,
      null,
      0,
      105,
      [5],
      null,
    ],
  };
}

/** The command that the platform would send for it. */
export function commandOf(saying: Saying, nowMs: number): object {
  const author = saying.author ?? STRANGER;
  const uid = uidOf(author);
  const timestamp = Math.floor(nowMs / 1000);
  switch (saying.kind) {
    case "gift":
      return {
        cmd: "SEND_GIFT",
        data: {
          uid,
          uname: author,
          face: "",
          giftId: 31_036,
          giftName: saying.text ?? "小花花",
          num: 1,
          coin_type: "gold",
          price: (saying.price ?? 0.1) * 1000,
          total_coin: (saying.price ?? 0.1) * 1000,
          timestamp,
          tid: unique(),
          guard_level: 0,
          medal_info: null,
        },
      };
    case "superChat":
      return {
        cmd: "SUPER_CHAT_MESSAGE",
        data: {
          id: Number(unique().slice(-9)),
          uid,
          price: saying.price ?? 30,
          message: saying.text ?? "",
          time: 60,
          start_time: timestamp,
          end_time: timestamp + 60,
          background_bottom_color: "#2A60B2",
          user_info: { uname: author, face: "", guard_level: 0, user_level: 10 },
          medal_info: null,
        },
      };
    case "guard":
      return {
        cmd: "GUARD_BUY",
        data: {
          uid,
          username: author,
          guard_level: 3,
          num: 1,
          price: (saying.price ?? 198) * 1000,
          gift_id: 10_003,
          gift_name: "舰长",
          start_time: timestamp,
          end_time: timestamp,
        },
      };
    case "enter":
      return { cmd: "INTERACT_WORD", data: { uid, uname: author, msg_type: 1, timestamp } };
    case "like":
      return { cmd: "LIKE_INFO_V3_CLICK", data: { uid, uname: author, like_text: "为主播点赞了" } };
    default:
      return chat(saying, author, nowMs);
  }
}

/** The entry of the room's history for a chat command. */
export function historyOf(command: object): object {
  const { info } = command as ReturnType<typeof chat>;
  const [meta, text, user, , , , , , , check] = info as unknown as [
    [...unknown[], { extra: string }, object, number],
    string,
    [number, string],
    ...unknown[],
  ];
  const { extra } = meta.at(15) as { extra: string };
  return {
    text,
    dm_type: 0,
    uid: user[0],
    nickname: user[1],
    isadmin: 0,
    medal: [],
    guard_level: 0,
    check_info: check,
    emoticon: { id: 0, emoticon_unique: "", url: "" },
    emots: null,
    id_str: JSON.parse(extra).id_str,
  };
}
