import type { SourceKind } from "./source.ts";

/** Bars and a moving box, for a display that has nothing else to show. */
export const testPattern: SourceKind<"test-pattern"> = {
  label: ({ width, height, fps }) => `${width}×${height} @ ${fps}`,
  open: ({ width, height, fps }) => ({ kind: "test-pattern", width, height, fps }),
};
