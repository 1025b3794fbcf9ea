import assert from "node:assert/strict";
import { on, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import WebSocket from "ws";
import { parseConfig } from "../../src/box/config.ts";
import { PinGate } from "../../src/trust/pin.ts";
import { Sessions } from "../../src/trust/sessions.ts";
import { Guests } from "../../src/venue/guests.ts";
import { ApiError } from "../../src/web/api.ts";
import { WebServer } from "../../src/web/server.ts";
import { freePort } from "../system/box-harness.ts";

describe("the web server", () => {
  let folder = "";
  let port = 0;
  let server: WebServer;
  let pin: PinGate;
  let rescue: PinGate;
  let sessions: Sessions;
  let guests: Guests;
  let pages = 0;
  let active = 0;
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...values: unknown[]) =>
      void calls.push([name, ...values]);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "feimu-web-"));
    port = await freePort();
    calls.length = 0;
    pages = 0;
    active = 0;
    pin = new PinGate(Date.now, () => {});
    rescue = new PinGate(Date.now, () => {});
    sessions = await Sessions.open(join(folder, "sessions.json"), Date.now);
    guests = await Guests.open(join(folder, "guests.key"), async (...values) => {
      calls.push(["post", values[0], values[1], JSON.parse(Buffer.from(values[2].body).toString())]);
      return 1;
    });
    server = new WebServer({
      host: "127.0.0.1",
      port,
      name: () => "feimu",
      sessions,
      pin,
      actions: {
        addRoom: note("addRoom"),
        post: async (...values) => {
          calls.push(["post", ...values]);
          if (values[1] === "elsewhere") throw new ApiError(404, "POST_NOT_HERE");
          return 1;
        },
        setCredentials: note("setCredentials"),
        changeRoom: note("changeRoom"),
        exportComments: async function* (...values) {
          calls.push(["exportComments", ...values]);
          yield "one\n";
          yield "two\n";
        },
        endEvent: note("endEvent"),
        removeRoom: note("removeRoom"),
        cover: async (_platform, id) =>
          id === "1" ? { type: "image/png", bytes: Buffer.from("png") } : undefined,
        setDanmaku: async () => {
          throw new ApiError(400, "CONFIG_INVALID", { errors: ["config.danmaku.speed: too big"] });
        },
        setClean: note("setClean"),
        mark: note("mark"),
        marks: async () => '{"text":"好"}\n',
        tryText: async (text) => ({ action: 0, shown: text, hits: [] }),
        snapshot: async () => Buffer.from("png"),
      },
      rescue,
      guests,
      system: {
        updateStatus: async () => ({ phase: "none", percent: 0, reason: "", last: "", address: "" }),
        takeUpdate: note("takeUpdate"),
        fetchUpdate: note("fetchUpdate"),
        setUpdateAddress: note("setUpdateAddress"),
        exportConfig: () => ({ name: "feimu" }),
        importConfig: note("importConfig"),
        reset: note("reset"),
        leaveSafeMode: note("leaveSafeMode"),
        warnings: async () => "a warning\n",
      },
      moderation: {
        decide: async (...values) => {
          calls.push(["decide", ...values]);
          return { undoId: "1" };
        },
        undo: note("undo"),
        claim: async (_key, by) => by,
        decisions: async () => [],
        panic: note("panic"),
      },
      onActive: () => {
        active++;
      },
      rules: {
        putRule: note("putRule"),
        removeRule: note("removeRule"),
        importRules: async (file, name) => {
          calls.push(["importRules", file.length, name]);
          return { words: 1, rules: 0, known: 0, users: 0, others: 0, tooLong: 0, noRoom: 0, refused: [] };
        },
        exportRules: () => "{}\n",
        dryRun: async (change) => ({ judged: change.hours }),
        hitCounts: async () => ({ counts: [] }),
      },
      links: {
        addSink: note("addSink"),
        changeSink: note("changeSink"),
        removeSink: note("removeSink"),
        addSource: note("addSource"),
        removeSource: note("removeSource"),
        setSourceKeys: note("setSourceKeys"),
        allowSender: note("allowSender"),
      },
      onSessions: () => {},
      onSocket: (socket) => {
        pages++;
        socket.send("hello");
      },
      log: pino({ level: "silent" }),
    });
    await server.listen();
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const request = (
    method: string,
    path: string,
    {
      cookie = "",
      body,
      headers = {},
    }: { cookie?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(cookie && { cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const claim = async () => {
    pin.offer();
    const response = await request("POST", "/api/claim", { body: { pin: pin.current } });
    assert.equal(response.status, 200);
    const header = response.headers.get("set-cookie") ?? "";
    assert.match(header, /HttpOnly/);
    assert.match(header, /SameSite=Strict/);
    return header.split(";")[0]!;
  };
  const open = (headers: Record<string, string>) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/live`, { headers });
    return Promise.race([
      once(socket, "message").then(() => socket),
      once(socket, "error").then(([error]) => Promise.reject(error)),
    ]);
  };

  const operatorRoutes = [
    ["POST", "/api/logout"],
    ["GET", "/api/sessions"],
    ["DELETE", "/api/sessions/1"],
    ["POST", "/api/pin"],
    ["DELETE", "/api/pin"],
    ["POST", "/api/rooms", { platform: "bilibili", id: "1" }],
    ["PUT", "/api/rooms/bilibili/1/credentials", { cookie: "a=b" }],
    ["PATCH", "/api/rooms/bilibili/1", { delayS: 5 }],
    ["GET", "/api/rooms/bilibili/1/cover"],
    ["POST", "/api/moderation", { decision: "show", key: "venue:hall:1" }],
    ["POST", "/api/moderation/undo", { id: "1" }],
    ["POST", "/api/moderation/claim", { key: "venue:hall:1" }],
    ["GET", "/api/moderation/log"],
    ["POST", "/api/panic", { on: true }],
    ["GET", "/api/rooms/bilibili/1/comments?format=xml"],
    ["DELETE", "/api/rooms/bilibili/1"],
    ["POST", "/api/moderation", { decision: "forget", author: "bilibili:1:name" }],
    ["POST", "/api/event/end"],
    ["PATCH", "/api/danmaku", { speed: 2 }],
    ["PATCH", "/api/clean", { strength: 3 }],
    ["POST", "/api/clean/mark", { text: "好", label: "ads" }],
    ["GET", "/api/clean/marks"],
    ["POST", "/api/clean/try", { text: "好" }],
    ["PUT", "/api/clean/rules", { kind: "text", id: "shop" }],
    ["DELETE", "/api/clean/rules/shop"],
    ["POST", "/api/clean/import"],
    ["GET", "/api/clean/export"],
    ["POST", "/api/clean/dry-run", { words: "词" }],
    ["GET", "/api/clean/counts"],
    ["POST", "/api/sources", { listen: "0.0.0.0:5004", allow: ["192.168.1.7"] }],
    ["DELETE", "/api/sources", { listen: "0.0.0.0:5004" }],
    ["POST", "/api/sources/allow", { listen: "0.0.0.0:5004", address: "192.168.1.7" }],
    ["POST", "/api/sinks", { to: "192.168.1.7:5004" }],
    ["PATCH", "/api/sinks/192.168.1.7%3A5004", { kbps: 2_000 }],
    ["DELETE", "/api/sinks/192.168.1.7%3A5004"],
    ["PUT", "/api/sources/0.0.0.0%3A5004/keys", { keys: null }],
    ["GET", "/api/update"],
    ["POST", "/api/update"],
    ["POST", "/api/update/fetch"],
    ["PUT", "/api/update/address", { address: "https://updates.example/feimu.raucb" }],
    ["GET", "/api/config"],
    ["PUT", "/api/config", { name: "feimu" }],
    ["POST", "/api/reset"],
    ["DELETE", "/api/safe-mode"],
    ["GET", "/api/warnings.txt"],
    ["GET", "/api/snapshot.png"],
  ] as const;

  it("hands on what own systems post, as it is, without a session", async () => {
    const send = (id: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}/api/hooks/${id}`, {
        method: "POST",
        headers: { "webhook-id": "7", "content-type": "application/json", ...headers },
        body: "{not json",
      });
    const taken = await send("hall");
    assert.deepEqual([taken.status, await taken.json()], [200, { taken: 1 }]);
    const [name, platform, id, post] = calls[0] as [
      string,
      string,
      string,
      { headers: object; body: Buffer },
    ];
    assert.deepEqual([name, platform, id, String(post.body)], ["post", "custom", "hall", "{not json"]);
    assert.deepEqual(post.headers, { "webhook-id": "7" });
    const refused = await send("elsewhere");
    assert.deepEqual([refused.status, await refused.json()], [404, { code: "POST_NOT_HERE" }]);
    // A visitor's browser on another site's behalf.
    assert.equal((await send("hall", { origin: "http://evil.example" })).status, 403);
    assert.equal(calls.length, 2);
  });

  it("gives a stranger the box's name and nothing else", async () => {
    await claim();
    const cookies = ["", "feimu_session=", "feimu_session=guess", `feimu_session=${"A".repeat(43)}`];
    for (const cookie of cookies) {
      for (const [method, path, body] of operatorRoutes) {
        const response = await request(method, path, { cookie, body });
        assert.equal(response.status, 401, `${method} ${path}`);
        assert.deepEqual(await response.json(), { code: "NO_SESSION" });
      }
      await assert.rejects(open({ cookie, origin: `http://127.0.0.1:${port}` }), /401/);
    }
    assert.deepEqual(calls, []);
    assert.equal(pages, 0);
    assert.deepEqual(await (await request("GET", "/api/hello")).json(), {
      name: "feimu",
      owned: true,
      session: false,
      pinOffered: false,
      rescue: false,
    });
  });

  it("knows every route that there is", async () => {
    // A route that is added without a line above would be open to strangers without a test.
    const cookie = await claim();
    for (const [method, path, body] of operatorRoutes.slice(1)) {
      const { status } = await request(method, path, { cookie, body });
      assert([200, 400].includes(status), `${method} ${path}: ${status}`);
    }
    assert.equal((await request("GET", "/api/none", { cookie })).status, 404);
    assert.equal((await request("GET", "/../package.json", { cookie })).status, 404);
    assert.equal((await request("GET", "/%2e%2e/%2e%2e/package.json", { cookie })).status >= 400, true);
  });

  it("lets the one in who has seen the PIN, once", async () => {
    pin.offer();
    const right = pin.current!;
    const wrong = right === "00000000" ? "11111111" : "00000000";
    const refused = await request("POST", "/api/claim", { body: { pin: wrong } });
    assert.equal(refused.status, 403);
    assert.deepEqual(await refused.json(), { code: "PIN_WRONG", triesLeft: 4 });
    assert.equal((await request("POST", "/api/claim", { body: { pin: right } })).status, 200);
    assert.equal((await request("POST", "/api/claim", { body: { pin: right } })).status, 403);
    for (const body of [{}, { pin: 12345678 }, { pin: "1", more: 1 }, [], "x"]) {
      assert.equal((await request("POST", "/api/claim", { body })).status, 400);
    }
  });

  it("keeps a browser in that comes back", async () => {
    const cookie = await claim();
    const again = (await request("GET", "/api/hello", { cookie })).headers.getSetCookie();
    assert.equal(again.length, 1);
    assert(again[0]?.startsWith(`${cookie};`) && /Max-Age=15552000/.test(again[0]));
    assert.deepEqual((await request("GET", "/api/hello", {})).headers.getSetCookie(), []);
    assert.deepEqual(
      (await request("GET", "/api/hello", { cookie: `${cookie}x` })).headers.getSetCookie(),
      [],
    );
  });

  it("lets the PIN of the rescue screen reset the box, and nothing else", async () => {
    await claim();
    const reset = (given: unknown) => request("POST", "/api/rescue/reset", { body: { pin: given } });
    assert.equal((await reset("00000000")).status, 403, "there is no rescue screen");
    rescue.offer();
    assert.equal((await (await request("GET", "/api/hello")).json()).rescue, true);
    const right = rescue.current!;
    assert.equal((await request("POST", "/api/claim", { body: { pin: right } })).status, 403);
    assert.equal((await reset(right === "00000000" ? "11111111" : "00000000")).status, 403);
    assert.deepEqual(calls, []);
    assert.equal((await reset(right)).status, 200);
    assert.deepEqual(calls, [["reset"]]);
    assert.equal((await reset(right)).status, 403, "it is good for once");
  });

  it("gives an operator the API, the catalogue's codes, and the live socket", async () => {
    const cookie = await claim();
    assert.equal(
      (await request("POST", "/api/rooms", { cookie, body: { platform: "bilibili", id: "9" } })).status,
      200,
    );
    assert.deepEqual(calls, [["addRoom", { platform: "bilibili", id: "9" }]]);
    assert.equal(active, 1, "somebody is there");
    await request("GET", "/api/sessions", { cookie });
    assert.equal(active, 1, "a page that fetches by itself is nobody");
    const given = { decision: "drop", key: "venue:hall:1" };
    assert.deepEqual(await (await request("POST", "/api/moderation", { cookie, body: given })).json(), {
      undoId: "1",
    });
    const [, decision, subject, by] = calls.at(-1) ?? [];
    assert.deepEqual([decision, subject], ["drop", { key: "venue:hall:1" }]);
    assert.match(String(by), /^\? · \? #[0-9a-f]{4}$/, "the session's label");
    const sink = { to: "192.168.1.7:5004", keys: null };
    await request("PATCH", "/api/sinks/%5Bfd00%3A%3A7%5D%3A5004", { cookie, body: sink });
    assert.deepEqual(calls.at(-1), ["changeSink", "[fd00::7]:5004", sink]);
    assert.equal((await request("POST", "/api/sinks", { cookie, body: { kbps: "many" } })).status, 400);
    const bad = { decision: "ban", key: "venue:hall:1" };
    assert.equal((await request("POST", "/api/moderation", { cookie, body: bad })).status, 400);
    const refused = await request("PATCH", "/api/danmaku", { cookie, body: { speed: 99 } });
    assert.equal(refused.status, 400);
    assert.deepEqual(await refused.json(), {
      code: "CONFIG_INVALID",
      errors: ["config.danmaku.speed: too big"],
    });
    const socket = await open({ cookie, origin: `http://127.0.0.1:${port}` });
    // The end of the session ends its pages.
    const closed = once(socket, "close");
    assert.equal((await request("POST", "/api/logout", { cookie })).status, 200);
    assert.equal((await closed)[0], 4401);
    assert.equal((await request("GET", "/api/sessions", { cookie })).status, 401);
    assert.notEqual(pin.current, undefined, "without an owner the box offers a PIN");
  });

  it("takes a file of rules as it comes, and refuses one that is too large", async () => {
    const cookie = await claim();
    const send = (bytes: number) =>
      fetch(`http://127.0.0.1:${port}/api/clean/import?name=list.txt`, {
        method: "POST",
        headers: { cookie, "content-type": "application/octet-stream" },
        body: new Uint8Array(bytes),
      });
    const taken = await send(300_000);
    assert.deepEqual([taken.status, calls.at(-1)], [200, ["importRules", 300_000, "list.txt"]]);
    const refused = await send((8 << 20) + 1);
    assert.equal(refused.status, 413);
    assert.equal((await refused.json()).code, "IMPORT_TOO_LARGE");
  });

  it("refuses other sites even with the cookie", async () => {
    const cookie = await claim();
    const origin = "http://evil.example";
    assert.equal((await request("POST", "/api/pin", { cookie, headers: { origin } })).status, 403);
    assert.equal(
      (await request("GET", "/api/sessions", { cookie, headers: { "sec-fetch-site": "cross-site" } })).status,
      403,
    );
    await assert.rejects(open({ cookie, origin }), /403/);
    await assert.rejects(open({ cookie }), /403/);
    await assert.rejects(open({ cookie, origin: "http://evil.example", host: "evil.example" }), /403/);
  });

  it("serves the page to anybody, with a strict policy", async () => {
    const response = await request("GET", "/");
    assert.equal(response.status, 200);
    assert.match(await response.text(), /<title>飞幕/);
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'self'/);
  });

  describe("for guests", () => {
    const openRoom = (more: object = {}) =>
      guests.configure(parseConfig({ rooms: [{ platform: "venue", id: "hall", ...more }] }));
    const enter = async (code = guests.code ?? "") => {
      const response = await request("POST", "/api/guest/enter", { body: { code } });
      return { response, cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "" };
    };

    it("is closed without a room of theirs", async () => {
      assert.deepEqual(await (await request("GET", "/api/guest")).json(), {
        name: "feimu",
        open: false,
        guest: false,
        approval: false,
      });
      const { response } = await enter("ABCDEFGH");
      assert.deepEqual([response.status, await response.json()], [404, { code: "GUEST_CLOSED" }]);
    });

    it("leads the code on the display to their page", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/G/ABCDEFGH`, {
        redirect: "manual",
      });
      assert.equal(response.headers.get("location"), "/guest.html#ABCDEFGH");
    });

    it("takes what they say once they have read the code, and nothing else of the box", async () => {
      openRoom({ approval: true });
      const { cookie } = await enter();
      const hello = await (await request("GET", "/api/guest", { cookie })).json();
      assert.deepEqual([hello.guest, hello.approval], [true, true]);
      const said = await request("POST", "/api/guest/say", {
        cookie,
        body: { text: " 大家\n好\u202e ", name: "小明" },
      });
      assert.equal(said.status, 200);
      const [[, platform, room, post]] = calls as [[string, string, string, Record<string, string>]];
      assert.deepEqual([platform, room, post.text, post.name], ["venue", "hall", "大家 好", "小明"]);
      for (const path of ["/api/sessions", "/api/snapshot.png", "/api/system/config"]) {
        assert.equal((await request("GET", path, { cookie })).status === 200, false, path);
      }
    });

    it("tells them why not", async () => {
      openRoom();
      const say = async (cookie: string, body: object) => {
        const response = await request("POST", "/api/guest/say", { cookie, body });
        return [response.status, (await response.json()).code];
      };
      const old = await enter("AAAAAAAA");
      assert.deepEqual([old.response.status, await old.response.json()], [403, { code: "GUEST_CODE_OLD" }]);
      assert.deepEqual(await say("feimu_guest=a.b", { text: "hi" }), [403, "GUEST_CODE_OLD"]);
      const { cookie } = await enter();
      for (let times = 0; times < 3; times++)
        assert.deepEqual(await say(cookie, { text: "hi" }), [200, undefined]);
      assert.deepEqual(await say(cookie, { text: "hi" }), [429, "GUEST_WAIT"]);
      assert.deepEqual(await say(cookie, { text: "x".repeat(101) }), [400, "BAD_REQUEST"]);
      assert.deepEqual(await say(cookie, { text: "hi", admin: true }), [400, "BAD_REQUEST"]);
      await guests.renew();
      assert.deepEqual(await say(cookie, { text: "hi" }), [403, "GUEST_CODE_OLD"]);
    });

    it("tells them the last comments, without a word of who said them, and what is taken back", async () => {
      openRoom();
      const { cookie } = await enter();
      const line = (id: string) => ({
        id,
        platform: "venue",
        kind: 1,
        timeMs: 0,
        author: "小明",
        masked: false,
        gapS: 0,
        authorId: "venue:hall:secret",
        dotted: false,
        count: 1,
        reasons: [],
        text: "你好",
        colour: 0xffffff,
        gift: "",
        price: "",
      });
      guests.tell({ type: "comments", lines: [line("1"), line("2")] });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/guest/live`, {
        headers: { cookie },
        origin: `http://127.0.0.1:${port}`,
      });
      const messages = on(socket, "message");
      const next = async () => JSON.parse(String((await messages.next()).value?.[0]));
      let all: string[] = [];
      while (all.length < 2)
        all = [...all, ...(await next()).lines.map((one: object) => JSON.stringify(one))];
      assert.deepEqual(JSON.parse(all[0] ?? ""), { id: "1", author: "小明", text: "你好", colour: 0xffffff });
      guests.tell({ type: "retract", ids: ["1"] });
      assert.deepEqual(await next(), { lines: [], taken: ["1"] });
      const closed = once(socket, "close");
      await guests.renew();
      assert.equal((await closed)[0], 4401);
      const stranger = new WebSocket(`ws://127.0.0.1:${port}/api/guest/live`, {
        headers: { cookie },
        origin: `http://127.0.0.1:${port}`,
      });
      assert.match(String((await once(stranger, "error"))[0]), /401/);
    });
  });
});
