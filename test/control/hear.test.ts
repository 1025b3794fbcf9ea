import assert from "node:assert/strict";
import { hear } from "../../src/control/hear.ts";
import { Mailbox } from "../../src/media/mailbox.ts";

describe("hearing another process", () => {
  it("says once that it is away when it tells nothing, takes what it tells then, and ends with it", async () => {
    const stop = new AbortController();
    const told = new Mailbox<string>();
    const said: string[] = [];
    let wake = () => {};
    const until = async (text: string) => {
      while (said.at(-1) !== text) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const note = (text: string) => {
      said.push(text);
      wake();
    };
    const hearing = hear(told.read(stop.signal), note, () => note("away"), 20);
    await until("away");
    told.push("first");
    await until("first");
    await until("away");
    told.push("second");
    await until("second");
    stop.abort();
    await hearing;
    assert.deepEqual(said, ["away", "first", "away", "second"]);
  });
});
