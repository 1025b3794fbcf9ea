import assert from "node:assert/strict";
import { hostName, networkFile, parseProvision, wifiFile } from "../../src/appliance/provision.ts";

describe("provision.json", () => {
  it("is read, also with the mark that some editors put first", () => {
    const text = '\uFEFF{ "name": "Bar 3", "address": { "ip": "192.168.1.20/24" } }';
    assert.deepEqual(parseProvision(text), { name: "Bar 3", address: { ip: "192.168.1.20/24", dns: [] } });
  });

  it("names what is wrong", () => {
    assert.throws(
      () => parseProvision('{ "wifi": { "ssid": "", "password": "short" } }'),
      /provision\.wifi\.ssid: .*\nprovision\.wifi\.password: /,
    );
    assert.throws(() => parseProvision('{ "address": { "ip": "192.168.1.20" } }'), /provision\.address\.ip/);
    assert.throws(() => parseProvision("{"), SyntaxError);
  });

  it("lets nothing of a person's text become another setting", () => {
    assert.throws(() => parseProvision('{ "wifi": { "ssid": "a", "password": "12345678\\n[Settings]" } }'));
    assert.equal(wifiFile({ ssid: "../../etc/x", password: "12345678" }).file, "=2e2e2f2e2e2f6574632f78.psk");
  });

  it("becomes the files of the network services", () => {
    const text = networkFile({ ip: "10.0.0.2/24", gateway: "10.0.0.1", dns: ["10.0.0.1"] });
    assert.match(text, /^Address=10\.0\.0\.2\/24\nGateway=10\.0\.0\.1\nDNS=10\.0\.0\.1$/m);
    assert.deepEqual(wifiFile({ ssid: "Café 网", password: " a\\b5678" }), {
      file: `=${Buffer.from("Café 网").toString("hex")}.psk`,
      text: "[Security]\nPassphrase=\\s" + "a\\\\b5678\n",
    });
    assert.equal(wifiFile({ ssid: "home_1", password: "12345678" }).file, "home_1.psk");
  });

  it("gives every name a host name", () => {
    assert.deepEqual(["Bar 3", "飞幕", "-a--b-", "Ünal"].map(hostName), ["bar-3", "feimu", "a-b", "unal"]);
  });
});
