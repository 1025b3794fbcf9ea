import assert from "node:assert/strict";
import { PinGate } from "../../src/trust/pin.ts";

describe("the PIN", () => {
  let nowMs = 0;
  let shown: (string | undefined)[] = [];
  let gate: PinGate;
  beforeEach(() => {
    nowMs = 1_000_000;
    shown = [];
    gate = new PinGate(
      () => nowMs,
      (pin) => shown.push(pin),
    );
  });
  const wrong = () => (gate.current === "00000000" ? "11111111" : "00000000");

  it("has eight digits, one use, and may be typed in groups", () => {
    gate.offer();
    const pin = gate.current!;
    assert.match(pin, /^\d{8}$/);
    assert.deepEqual(gate.check(`${pin.slice(0, 4)} ${pin.slice(4)}`), { outcome: "right" });
    assert.deepEqual(gate.check(pin), { outcome: "not-offered" });
    assert.deepEqual(shown, [pin, undefined]);
  });

  it("ends after ten minutes", () => {
    gate.offer();
    const pin = gate.current!;
    nowMs += 600_000;
    assert.equal(gate.current, undefined);
    assert.deepEqual(gate.check(pin), { outcome: "not-offered" });
  });

  it("allows five tries, then a wait that doubles", () => {
    for (const [index, waitMs] of [30_000, 60_000, 120_000].entries()) {
      gate.offer();
      const pin = gate.current!;
      for (let left = 4; left > 0; left--)
        assert.deepEqual(gate.check(wrong()), { outcome: "wrong", triesLeft: left });
      assert.deepEqual(gate.check(wrong()), { outcome: "wait", waitMs }, `round ${index}`);
      assert.equal(gate.check(pin).outcome, "wait");
      gate.offer();
      assert.equal(gate.current, undefined);
      nowMs += waitMs;
    }
  });

  it("is not there unless it is offered", () => {
    assert.deepEqual(gate.check(""), { outcome: "not-offered" });
    gate.offer();
    gate.withdraw();
    assert.equal(gate.current, undefined);
  });
});
