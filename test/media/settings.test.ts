import assert from "node:assert/strict";
import { pino } from "pino";
import { type Config, parseConfig } from "../../src/box/config.ts";
import { MediaSettings } from "../../src/media/settings.ts";
import { type MediaFixture, startMedia } from "./harness.ts";

const log = pino({ level: "silent" });

describe("the settings of the media process", () => {
  let fixture: MediaFixture;
  let settings: MediaSettings;
  before(async () => {
    fixture = await startMedia();
    settings = new MediaSettings(fixture.media, log);
  });
  after(() => fixture.close());

  /** A configuration that came past the schema. */
  const unchecked = (config: Config, ...to: string[]): Config => ({
    ...config,
    sinks: to.map((one) => ({ ...config.sinks[0]!, to: one })),
  });
  const good = () =>
    parseConfig({
      sources: [{ kind: "test-pattern" }, { kind: "rtp", listen: `127.0.0.1:${fixture.port}` }],
      sinks: [{ kind: "rtp", to: "127.0.0.1:9" }],
    });
  const failing = (all: { label?: string; failure?: string }[]) =>
    all.map(({ label, failure }) => [label, failure]);

  it("go on beside one that the engine refuses, which says so", () => {
    settings.apply(unchecked(good(), "[fe80::1%eth0]:5004", "127.0.0.1:9"));
    const links = settings.links();
    assert.deepEqual(failing(links.filter(({ role }) => role === "send")), [
      ["127.0.0.1:9", undefined],
      ["[fe80::1%eth0]:5004", "MEDIA_SETTING_REFUSED"],
    ]);
    assert.deepEqual(failing(settings.sources()), [
      ["1280×720 @ 30", undefined],
      [`127.0.0.1:${fixture.port}`, undefined],
    ]);
  });

  it("keep the order of the sources when one of them is refused, also by the engine itself", () => {
    const [pattern, rtp] = good().sources;
    assert(pattern?.kind === "test-pattern" && rtp);
    const tooLarge = { ...pattern, width: 8_192 };
    settings.apply({ sources: [rtp, tooLarge, pattern], sinks: [] });
    assert.deepEqual(failing(settings.sources()), [
      [`127.0.0.1:${fixture.port}`, undefined],
      ["8192×720 @ 30", "MEDIA_SETTING_REFUSED"],
      ["1280×720 @ 30", undefined],
    ]);
    assert.deepEqual(
      settings.opened().map(({ config }) => config),
      [rtp, pattern],
    );
  });

  it("are all well once they are changed", () => {
    settings.apply(good());
    for (const { failure } of [...settings.sources(), ...settings.links()]) assert.equal(failure, undefined);
    assert.equal(settings.links().length, 2);
  });
});
