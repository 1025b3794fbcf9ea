import assert from "node:assert/strict";
import { Budget } from "../../src/rooms/budget.ts";

describe("what a platform tolerates", () => {
  const never = new AbortController().signal;

  it("is a number of connections; who comes later waits for a place, in order", async () => {
    const budget = new Budget({ connections: 2, perSecond: 1_000 });
    const leave = [await budget.enter(never), await budget.enter(never)];
    const order: string[] = [];
    let full = 0;
    const ask = async (name: string) => {
      const leaveAgain = await budget.enter(never, () => full++);
      order.push(name);
      return leaveAgain;
    };
    const third = ask("third");
    const fourth = ask("fourth");
    assert.equal(full, 2);
    leave[0]?.();
    leave[0]?.();
    const leaveThird = await third;
    assert.deepEqual(order, ["third"]);
    leaveThird();
    (await fourth)();
    leave[1]?.();
    assert.deepEqual(order, ["third", "fourth"]);
  });

  it("is a number of new ones a second", async () => {
    const budget = new Budget({ connections: 10, perSecond: 20 });
    const startMs = performance.now();
    for (let index = 0; index < 5; index++) await budget.enter(never);
    assert(performance.now() - startMs >= 195);
  });

  it("keeps no place for who gave up", async () => {
    const budget = new Budget({ connections: 1, perSecond: 1_000 });
    const leave = await budget.enter(never);
    const stop = new AbortController();
    const gaveUp = budget.enter(stop.signal);
    const next = budget.enter(never);
    stop.abort();
    await assert.rejects(gaveUp);
    leave();
    (await next)();
    (await budget.enter(never))();
  });
});
