import assert from "node:assert/strict";
import { refusal } from "../../src/web/access.ts";

const options = { ownNames: ["feimu.local"], navigation: false, socket: false };
const check = (headers: Record<string, string>, more = {}, method = "GET") =>
  refusal({ method, headers }, { ...options, ...more });

describe("access", () => {
  it("takes addresses and own names as Host, and nothing else", () => {
    for (const host of ["192.168.1.5:8080", "127.0.0.1", "[fe80::1]:8080", "localhost:8080", "FEIMU.local"]) {
      assert.equal(check({ host }), undefined, host);
    }
    for (const host of [
      "evil.example",
      "feimu.local.evil.example",
      "192.168.1.5.nip.io:8080",
      "",
      "a b",
      "127.0.0.1/x",
    ]) {
      assert.notEqual(check({ host }), undefined, host);
    }
  });

  it("refuses other origins and sites", () => {
    const host = "192.168.1.5:8080";
    assert.equal(check({ host, origin: `http://${host}` }), undefined);
    assert.notEqual(check({ host, origin: "http://192.168.1.5" }), undefined);
    assert.notEqual(check({ host, origin: "null" }), undefined);
    assert.equal(check({ host, "sec-fetch-site": "same-origin" }), undefined);
    assert.equal(check({ host, "sec-fetch-site": "none" }), undefined);
    assert.notEqual(check({ host, "sec-fetch-site": "cross-site" }), undefined);
    assert.notEqual(check({ host, "sec-fetch-site": "same-site" }), undefined);
  });

  it("lets a link from elsewhere open the page, but post nothing", () => {
    const headers = { host: "192.168.1.5", "sec-fetch-site": "cross-site" };
    assert.equal(check(headers, { navigation: true }), undefined);
    assert.notEqual(check(headers, { navigation: true }, "POST"), undefined);
  });

  it("wants an Origin from sockets", () => {
    assert.notEqual(check({ host: "192.168.1.5" }, { socket: true }), undefined);
    assert.equal(check({ host: "192.168.1.5", origin: "http://192.168.1.5" }, { socket: true }), undefined);
  });
});
