import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isLoopback, isPrivateHost, parseAddress, parseHost } from "../../src/box/addresses.ts";
import { linkKeys } from "../../src/box/link-keys.ts";
import { linkStates } from "../../src/catalogue/states.ts";
import { hostOf, isHost, reachOf } from "../../src/web/ui/address.ts";
import {
  byField,
  keysForOther,
  makeKeys,
  parseKeys,
  sinkFaults,
  sinkOf,
  sourceFaults,
  sourceOf,
} from "../../src/web/ui/link-form.ts";
import { LinkHistory, linkKey } from "../../src/web/ui/link-history.ts";
import { shownState } from "../../src/web/ui/link-state.ts";
import { shownLinks, stagesOf } from "../../src/web/ui/link-values.ts";

describe("what the page remembers of links", () => {
  const sent = { role: "send", label: "192.0.2.7:5004", state: "Startup" };
  const key = linkKey("send", "192.0.2.7:5004");

  it("keeps two minutes of each link, and nothing of one that is gone", () => {
    const history = new LinkHistory();
    for (let second = 0; second <= 200; second++) {
      history.note([{ ...sent, kbps: second }], second * 1_000);
    }
    const kept = history.of(key);
    assert.equal(kept.length, 121);
    assert.deepEqual([kept[0]?.kbps, kept.at(-1)?.kbps, history.untilMs], [80, 200, 200_000]);
    history.note([], 400_000);
    assert.deepEqual(history.of(key), []);
  });

  it("goes on while nothing is told, but not beside what is told", () => {
    const history = new LinkHistory();
    history.note([{ ...sent, kbps: 1 }], 0);
    assert.equal(history.pass(1_000), false);
    assert.equal(history.untilMs, 0);
    assert.equal(history.pass(2_000), true);
    assert.equal(history.pass(3_000), true);
    assert.deepEqual([history.untilMs, history.of(key).length], [3_000, 1]);
    history.note([{ ...sent, kbps: 1 }], 3_500);
    assert.equal(history.pass(4_000), false);
    history.pass(124_000);
    assert.deepEqual(history.of(key), []);
  });

  it("leaves out what was not told, and counts repairs as a share of all packets", () => {
    const history = new LinkHistory();
    history.note([{ ...sent, loss: 0.1, repaired: 0.5 }], 0);
    history.note([{ ...sent, loss: 0.1 }], 1_000);
    assert.deepEqual(
      history.of(key).map(({ kbps, loss, repaired }) => [kbps, loss, repaired]),
      [
        [undefined, 0.1, 0.05],
        [undefined, 0.1, undefined],
      ],
    );
  });

  it("knows a link of IPv6 by both forms of its address", () => {
    assert.equal(linkKey("send", "[fd00::7]:5004"), linkKey("send", "fd00::7:5004"));
  });
});

describe("the states of a link on the page", () => {
  const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const controllers = text("native/link/bbr-controller.cpp") + text("native/link/fixed-controller.h");
  /** What a controller may say that it does: states begin with a capital. */
  const names = [...controllers.matchAll(/"([A-Z][A-Za-z]+(?:-[A-Z][a-z]+)?)"/g)].map((match) => match[1]!);

  it("have words, a colour and an explanation, all that a controller has", () => {
    assert(names.includes("ProbeRTT") && names.includes("FeedbackLost") && names.includes("Fixed"));
    const style = text("src/web/ui/style.css");
    const [, row = ""] = /^\| state \|(.*)$/m.exec(text("docs/operations.md")) ?? [];
    for (const name of names) {
      assert(Object.hasOwn(linkStates, name), name);
      assert.match(style, new RegExp(`\\.state-${name}\\b`), name);
      assert(row.includes(`\`${name.replace(/^ProbeBW(-Down|-Up)$/, "$1")}\``), `${name} in operations.md`);
    }
  });

  it("say no way where there is none, and closed where a sender waits for another reason", () => {
    const send = { role: "send", state: "waiting" };
    assert.equal(shownState({ ...send, failure: "LINK_NO_WAY" }), "no-way");
    for (const failure of ["LINK_KEYS_WRONG", "SINK_ONE_WAY_PUBLIC", undefined]) {
      assert.equal(shownState({ ...send, failure }), "closed");
    }
    assert.equal(shownState({ role: "receive", state: "waiting" }), "waiting");
    assert.equal(shownState({ role: "send", state: "ProbeBW-Up" }), "ProbeBW-Up");
    const history = new LinkHistory();
    history.note([{ ...send, label: "a", failure: "LINK_KEYS_WRONG" }], 0);
    assert.equal(history.of(linkKey("send", "a"))[0]?.state, "closed");
  });
});

describe("the links on the page", () => {
  it("are the configured sinks in their order, then the sources, told of or not", () => {
    const sink = (to: string) => ({ to, kbps: 4_000, oneWay: false, keyed: false });
    const source = (listen: string) => ({ listen, keyed: false, open: true });
    const shown = shownLinks(
      [
        { role: "receive", label: "fd00::7:5006", kbps: 2 },
        { role: "send", label: "10.0.0.2:5004", kbps: 1 },
      ],
      {
        sinks: [sink("10.0.0.1:5004"), sink("10.0.0.2:5004")],
        sources: [source("0.0.0.0:5004"), source("[fd00::7]:5006")],
      },
    );
    assert.deepEqual(
      shown.map(({ role, address, link }) => [role, address, link?.kbps]),
      [
        ["send", "10.0.0.1:5004", undefined],
        ["send", "10.0.0.2:5004", 1],
        ["receive", "0.0.0.0:5004", undefined],
        ["receive", "[fd00::7]:5006", 2],
      ],
    );
  });

  it("have the stages that this end knows: a sender until the other end, a receiver to the picture", () => {
    assert.deepEqual(stagesOf({ encodeMs: 4, sendMs: 1, rttMs: 20, queueMs: 6 }), [
      { name: "stageEncode", ms: 4 },
      { name: "stageSend", ms: 1 },
      { name: "stagePath", ms: 13 },
    ]);
    assert.deepEqual(stagesOf({ assembleMs: 2, decodeMs: 3, totalMs: 30 }), [
      { name: "stageBefore", ms: 25 },
      { name: "stageAssemble", ms: 2 },
      { name: "stageDecode", ms: 3 },
    ]);
    assert.deepEqual(stagesOf({ queueMs: 3 }), []);
  });
});

describe("the form of a link", () => {
  it("makes keys that the configuration takes, and the pair for the other end the other way round", () => {
    const pair = makeKeys();
    assert.deepEqual(linkKeys.parse(pair), pair);
    assert.deepEqual(parseKeys(` ${keysForOther(pair)}\n`), { send: pair.receive, receive: pair.send });
    assert.notDeepEqual(makeKeys(), pair);
    const { send, receive } = pair;
    const long = Buffer.alloc(44, 1).toString("base64");
    for (const text of [
      "",
      send,
      `${send},${receive},${send}`,
      ",",
      `${send},${send}`,
      `${send},${long}`,
      `${send},${receive.slice(4)}`,
      `${send},not base64`,
    ]) {
      assert.equal(parseKeys(text), undefined, text);
    }
    assert.deepEqual(parseKeys(`${long} ${long.replace("A", "B")}`), {
      send: long,
      receive: long.replace("A", "B"),
    });
  });

  it("gives what was entered", () => {
    const form = new FormData();
    form.set("to", " 192.0.2.7:5004 ");
    form.set("kbps", "2500");
    assert.deepEqual(sinkOf(form), { to: "192.0.2.7:5004", kbps: 2_500, oneWay: false });
    form.set("oneWay", "on");
    assert.equal(sinkOf(form).oneWay, true);
  });

  it("says what is wrong with a sink: no name, a port, and one way to a private address alone", () => {
    assert.deepEqual(sinkFaults({ to: "192.168.1.30:5004", oneWay: true }), {});
    assert.deepEqual(sinkFaults({ to: "203.0.113.7:5004", oneWay: false }), {});
    assert.deepEqual(sinkFaults({ to: "203.0.113.7:5004", oneWay: true }), { to: "oneWayPublic" });
    for (const to of ["box2.local:5004", "", "192.168.1.30:0", "fd00::7:5004x", "[fe80::1%eth0]:5004"]) {
      assert.deepEqual(sinkFaults({ to }), { to: "addressExpected" }, to);
    }
    for (const to of ["192.168.1.30", "192.168.1.30:", "fd00::7", "[fd00::7]", "[fd00::7]:"]) {
      assert.deepEqual(sinkFaults({ to }), { to: "portExpected" }, to);
    }
  });

  it("says what is wrong with a source: beyond loopback somebody or keys have to be named", () => {
    const source = (listen: string, allow: string, keys?: ReturnType<typeof makeKeys>) => {
      const form = new FormData();
      form.set("listen", listen);
      form.set("allow", allow);
      return sourceOf(form, keys);
    };
    assert.deepEqual(source(" 0.0.0.0:5004 ", "192.168.1.20，fd00::7, 10.0.0.1"), {
      listen: "0.0.0.0:5004",
      allow: ["192.168.1.20", "fd00::7", "10.0.0.1"],
    });
    assert.deepEqual(sourceFaults(source("0.0.0.0:5004", "192.168.1.20")), {});
    assert.deepEqual(sourceFaults(source("0.0.0.0:5004", "", makeKeys())), {});
    assert.deepEqual(sourceFaults(source("127.0.0.1:5004", "")), {});
    assert.deepEqual(sourceFaults(source("0.0.0.0:5004", "")), { allow: "senderExpected" });
    assert.deepEqual(sourceFaults(source("0.0.0.0:5004", "192.168.1.20:5004")), { allow: "hostExpected" });
    assert.deepEqual(sourceFaults(source("0.0.0.0", "192.168.1.20")), { listen: "portExpected" });
  });

  it("sees addresses as the configuration does", () => {
    const hosts = [
      ...["127.0.0.1", "127.9.0.1", "10.1.2.3", "172.16.0.1", "172.31.9.9", "172.32.0.1", "192.168.0.1"],
      ...[
        "169.254.1.1",
        "0.0.0.0",
        "203.0.113.7",
        "01.2.3.4",
        "1.2.3",
        "256.1.1.1",
        "1.2.3.4.5",
        "localhost",
      ],
      ...["::1", "::", "fd00::1", "fc00::", "FE80::1", "febf::1", "fec0::1", "2001:db8::7", "fe80::1%eth0"],
      ...[
        "::ffff:10.0.0.1",
        "::ffff:203.0.113.7",
        "::ffff:127.0.0.1",
        "1::2::3",
        "12345::",
        "",
        "a:b",
        "[::1]",
      ],
    ];
    for (const host of hosts) {
      const own = parseHost(host);
      assert.equal(isHost(host), own !== undefined, host);
      if (own === undefined) continue;
      const reach = isLoopback(own) ? "loopback" : isPrivateHost(own) ? "private" : "public";
      assert.equal(reachOf(host), reach, host);
      for (const port of ["0", "1", "65535", "65536", "5004x", ""]) {
        const text = `${host.includes(":") ? `[${host}]` : host}:${port}`;
        assert.equal(hostOf(text) !== undefined, parseAddress(text) !== undefined, text);
      }
    }
  });

  it("puts the server's errors at their fields, and what is of no field beside them", () => {
    assert.deepEqual(
      byField(
        [
          "config.sinks[1].to: expected ADDRESS:PORT, e.g. 127.0.0.1:5004",
          "config.sinks[1].keys.send: expected base64: of 28 bytes",
          "config.sinks[1].fps: too big",
          "config.sinks: too many",
        ],
        ["to", "keys"],
      ),
      {
        to: "expected ADDRESS:PORT, e.g. 127.0.0.1:5004",
        keys: "expected base64: of 28 bytes",
        "": "config.sinks[1].fps: too big config.sinks: too many",
      },
    );
    // A whole source may be wrong, when it listens beyond loopback to anybody.
    assert.deepEqual(byField(["config.sources[0]: expected keys"], ["keys"]), {
      "": "config.sources[0]: expected keys",
    });
  });
});
