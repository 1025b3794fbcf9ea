import { getJson, isClockWrong } from "../http.ts";
import { array, type JsonObject, number, object, string } from "../json.ts";
import { RoomError } from "../room.ts";
import { mixinKey, signQuery } from "./wbi.ts";

export const ORIGIN = "https://live.bilibili.com";
/** The keys change daily. */
const KEYS_LIVE_MS = 2 * 3_600_000;

export interface Host {
  readonly host: string;
  readonly port: number;
  readonly wsPort: number;
  readonly wssPort: number;
}

export interface ApiEndpoints {
  /** Instead of https://api.bilibili.com */
  readonly api: string;
  /** Instead of https://api.live.bilibili.com */
  readonly live: string;
}

/** The calls that a browser makes before it opens the room's socket. Keeps the cookie and the daily keys. */
export class BilibiliApi {
  readonly #endpoints: ApiEndpoints;
  readonly #cookie: string;
  readonly #now: () => number;
  #buvid: { buvid3: string; buvid4: string } | undefined;
  #keys: { mixin: string; uid: string; atMs: number } | undefined;

  constructor(endpoints: ApiEndpoints, cookie: string, now: () => number) {
    this.#endpoints = endpoints;
    this.#cookie = cookie;
    this.#now = now;
  }

  /** buvid3 of the user's cookie, or the one that the platform gave us. */
  get buvid(): string {
    return /(?:^|;\s*)buvid3=([^;]+)/.exec(this.#cookie)?.[1] ?? this.#buvid?.buvid3 ?? "";
  }

  /** "0" for a guest. */
  get uid(): string {
    return this.#keys?.uid ?? "0";
  }

  /** The user gave the cookie of a login that the platform does not know any more. */
  get cookieExpired(): boolean {
    return this.#keys?.uid === "0" && /(?:^|;\s*)SESSDATA=[^;]/.test(this.#cookie);
  }

  get cookieHeader(): string {
    const own = this.#buvid ? [`buvid3=${this.#buvid.buvid3}`, `buvid4=${this.#buvid.buvid4}`] : [];
    const given = this.#cookie
      .split(";")
      .map((part) => part.trim())
      .filter((part) => /^[\w-]+=[\x21-\x3a\x3c-\x7e]*$/.test(part));
    const names = new Set(given.map((part) => part.slice(0, part.indexOf("="))));
    return [...given, ...own.filter((part) => !names.has(part.slice(0, part.indexOf("="))))].join("; ");
  }

  #get(url: string, signal: AbortSignal): Promise<JsonObject> {
    const headers = { referer: `${ORIGIN}/`, origin: ORIGIN, accept: "application/json" };
    return getJson(url, { headers: { ...headers, cookie: this.cookieHeader } }, signal);
  }

  /** The room behind a short or long number. Throws ROOM_NOT_FOUND. */
  async room(
    id: string,
    signal: AbortSignal,
  ): Promise<{ longId: string; title: string; live: boolean; cover: string }> {
    const reply = await this.#get(`${this.#endpoints.live}/room/v1/Room/get_info?room_id=${id}`, signal);
    const data = object(reply.data);
    const longId = string(data.room_id);
    if (number(reply.code) === 1 || number(reply.code) === 60004 || longId === "0") {
      throw new RoomError("ROOM_NOT_FOUND", `bilibili room ${id}: there is no such room`);
    }
    if (number(reply.code) !== 0 || !/^\d{1,20}$/.test(longId)) {
      throw new RoomError("ROOM_BAD_REPLY", `bilibili room ${id}: code ${string(reply.code)}`);
    }
    const cover = string(data.user_cover) || string(data.keyframe);
    return { longId, title: string(data.title), live: number(data.live_status) === 1, cover };
  }

  async #identify(signal: AbortSignal): Promise<void> {
    if (this.#buvid || this.buvid) return;
    const data = object((await this.#get(`${this.#endpoints.api}/x/frontend/finger/spi`, signal)).data);
    const safe = (value: unknown) => string(value).replace(/[^\w%.-]/g, "");
    this.#buvid = { buvid3: safe(data.b_3), buvid4: safe(data.b_4) };
  }

  async #refreshKeys(signal: AbortSignal): Promise<string> {
    if (this.#keys && this.#now() - this.#keys.atMs < KEYS_LIVE_MS) return this.#keys.mixin;
    const data = object((await this.#get(`${this.#endpoints.api}/x/web-interface/nav`, signal)).data);
    const image = object(data.wbi_img);
    const mixin = mixinKey(string(image.img_url), string(image.sub_url));
    if (mixin === undefined) throw new RoomError("ROOM_BAD_REPLY", "bilibili: no signing keys in nav");
    this.#keys = { mixin, uid: data.isLogin === true ? string(data.mid, "0") : "0", atMs: this.#now() };
    return mixin;
  }

  /** The last comments of the room, as its page shows them to who opens it: about ten, and ten of its moderators. */
  async history(longId: string, signal: AbortSignal): Promise<JsonObject> {
    const reply = await this.#get(
      `${this.#endpoints.live}/xlive/web-room/v1/dM/gethistory?roomid=${longId}&room_type=0`,
      signal,
    );
    if (number(reply.code) !== 0)
      throw new RoomError("ROOM_BAD_REPLY", `bilibili room ${longId}: history: code ${string(reply.code)}`);
    return object(reply.data);
  }

  /** Token and hosts of the room's socket. Signs anew once when the keys turn out to be of yesterday. */
  async danmuInfo(longId: string, signal: AbortSignal): Promise<{ token: string; hosts: Host[] }> {
    await this.#identify(signal);
    for (let attempt = 0; ; attempt++) {
      const mixin = await this.#refreshKeys(signal);
      const query = signQuery(
        { id: longId, type: 0, web_location: "444.8" },
        mixin,
        Math.floor(this.#now() / 1000),
      );
      const reply = await this.#get(
        `${this.#endpoints.live}/xlive/web-room/v1/index/getDanmuInfo?${query}`,
        signal,
      );
      const code = number(reply.code);
      if (code === 0) return readHosts(object(reply.data));
      this.#keys = undefined;
      if (code !== -352)
        throw new RoomError("ROOM_BAD_REPLY", `bilibili room ${longId}: token: code ${code}`);
      if (attempt > 0 && isClockWrong(this.#endpoints.live))
        throw new RoomError("ROOM_CLOCK_WRONG", `bilibili room ${longId}: our clock is not theirs`);
      if (attempt > 0)
        throw new RoomError("ROOM_RISK_CONTROL", `bilibili room ${longId}: risk control, code -352`);
    }
  }
}

function readHosts(data: JsonObject): { token: string; hosts: Host[] } {
  const port = (value: unknown) => {
    const result = number(value);
    return Number.isInteger(result) && result > 0 && result < 65_536 ? result : 0;
  };
  const hosts = array(data.host_list)
    .slice(0, 16)
    .map(object)
    .filter((entry) => /^[\w.:-]{1,253}$/.test(string(entry.host)))
    .map((entry) => ({
      host: string(entry.host),
      port: port(entry.port),
      wsPort: port(entry.ws_port),
      wssPort: port(entry.wss_port),
    }));
  return { token: string(data.token), hosts };
}
