import assert from "node:assert/strict";
import { Attendance } from "../../src/comments/attendance.ts";

describe("attendance", () => {
  let nowMs = 0;
  let changes: boolean[] = [];
  let attendance: Attendance;
  beforeEach(() => {
    nowMs = 5_000;
    changes = [];
    attendance = new Attendance(
      () => nowMs,
      (attended) => changes.push(attended),
    );
  });
  const after = (ms: number) => {
    nowMs += ms;
    attendance.check();
  };

  it("ends after two minutes without anybody, and begins again with the first sign", () => {
    attendance.see({ owned: true, active: false });
    after(119_999);
    assert(attendance.attended);
    after(1);
    assert(!attendance.attended);
    attendance.see({ owned: true, active: false });
    attendance.see({ owned: true, active: true });
    assert.deepEqual(changes, [false, true]);
    after(119_999);
    attendance.see({ owned: true, active: true });
    after(119_999);
    assert.deepEqual(changes, [false, true]);
  });

  it("is nothing that a box without an owner lacks", () => {
    after(600_000);
    attendance.see({ owned: false, active: false });
    assert(attendance.attended);
    attendance.see({ owned: true, active: false });
    assert(attendance.attended, "who took it over is there");
    after(120_000);
    assert.deepEqual(changes, [false]);
    attendance.see({ owned: false, active: false });
    assert.deepEqual(changes, [false, true]);
  });
});
