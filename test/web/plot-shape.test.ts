import assert from "node:assert/strict";
import { areaPath, axis, barPath, type Frame, linePath, runs, spans } from "../../src/web/ui/plot-shape.ts";

/** 0 to 100 s on 100 px, 0 to 10 on 50 px. */
const frame: Frame = { left: 0, width: 100, top: 0, height: 50, fromMs: 0, untilMs: 100_000, max: 10 };

describe("the shape of a plot", () => {
  it("has round marks on its axis, that reach as far as the values", () => {
    assert.deepEqual(axis(4_000, 4), [0, 1_000, 2_000, 3_000, 4_000]);
    assert.deepEqual(axis(4.1, 4), [0, 2, 4, 6]);
    assert.deepEqual(axis(20, 2), [0, 10, 20]);
    assert.deepEqual(axis(1, 2), [0, 0.5, 1]);
    for (const reach of [0.7, 3, 17, 123, 9_999]) {
      const marks = axis(reach, 4);
      assert(marks.at(-1)! >= reach && marks.length <= 6, String(reach));
    }
  });

  it("interrupts a line where a value is not known and where nothing was told", () => {
    const found = runs(
      [
        [0, 1],
        [1_000, 2],
        [2_000, undefined],
        [3_000, 3],
        [9_000, 4],
      ],
      2_500,
    );
    assert.deepEqual(found, [
      [
        [0, 1],
        [1_000, 2],
      ],
      [[3_000, 3]],
      [[9_000, 4]],
    ]);
    assert.equal(linePath(found, frame), "M0 45L1 40M3 35h0M9 30h0", "a lone value is a dot");
    assert.equal(areaPath(found, frame), "M0 50L0 45L1 40V50Z");
  });

  it("cuts off what is above the axis, and draws no bar for nothing", () => {
    assert.equal(linePath([[[0, 20]]], frame), "M0 0h0");
    assert.equal(barPath([[[1_000, 0]], [[2_000, 5]]], frame), "M1 50v-25h1v25z");
  });

  it("joins states that last, and leaves the gap between them empty", () => {
    const told = [
      [0, "Startup"],
      [1_000, "Drain"],
      [2_000, "Drain"],
      [10_000, "Drain"],
    ] as const;
    assert.deepEqual(spans(told, 11_000, 2_500), [
      { state: "Startup", fromMs: 0, untilMs: 1_000 },
      { state: "Drain", fromMs: 1_000, untilMs: 3_000 },
      { state: "Drain", fromMs: 10_000, untilMs: 11_000 },
    ]);
  });
});
