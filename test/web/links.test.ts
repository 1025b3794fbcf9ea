import assert from "node:assert/strict";
import { linkKeys } from "../../src/box/link-keys.ts";
import { byField, keysForOther, makeKeys, parseKeys, sinkOf } from "../../src/web/ui/link-form.ts";
import { LinkHistory, linkKey } from "../../src/web/ui/link-history.ts";
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
    assert.deepEqual([kept[0]?.kbps, kept.at(-1)?.kbps, history.newestMs], [80, 200, 200_000]);
    history.note([], 400_000);
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

describe("the links on the page", () => {
  it("are the configured sinks in their order, told of or not, then what is received", () => {
    const sink = (to: string) => ({ to, kbps: 4_000, oneWay: false, keyed: false });
    const shown = shownLinks(
      [
        { role: "receive", label: "0.0.0.0:5004" },
        { role: "send", label: "10.0.0.2:5004", kbps: 1 },
      ],
      { sinks: [sink("10.0.0.1:5004"), sink("10.0.0.2:5004")], keyedSources: [] },
    );
    assert.deepEqual(
      shown.map(({ role, address, link }) => [role, address, link?.kbps]),
      [
        ["send", "10.0.0.1:5004", undefined],
        ["send", "10.0.0.2:5004", 1],
        ["receive", "0.0.0.0:5004", undefined],
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
    for (const text of ["", "one", "one,two,three", ","]) assert.equal(parseKeys(text), undefined);
  });

  it("gives what was entered", () => {
    const form = new FormData();
    form.set("to", " 192.0.2.7:5004 ");
    form.set("kbps", "2500");
    assert.deepEqual(sinkOf(form), { to: "192.0.2.7:5004", kbps: 2_500, oneWay: false });
    form.set("oneWay", "on");
    assert.equal(sinkOf(form).oneWay, true);
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
