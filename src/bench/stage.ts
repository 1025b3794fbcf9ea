import { stageAddon } from "../stage/addon.ts";

const FRAMES = 240;
const round = (value: number) => Number(value.toFixed(2));

/** Processor milliseconds a frame at 0, 50 and 200 comments, 720p and 1080p. */
export function benchStage(): object {
  const { measure } = stageAddon();
  const sizes = { "720p": [1280, 720], "1080p": [1920, 1080] } as const;
  return Object.fromEntries(
    Object.entries(sizes).map(([name, [width, height]]) => [
      name,
      Object.fromEntries(
        [0, 50, 200].map((wanted) => {
          const cost = measure({
            width,
            height,
            comments: wanted,
            frames: FRAMES,
          });
          return [
            `${wanted} comments`,
            {
              onScreen: cost.comments,
              danmakuMs: round(cost.danmakuMs),
              wholeMs: round(cost.wholeMs),
              emptyStageMs: round(cost.clearMs),
              fewOverStillMs: { whole: round(cost.stillWholeMs), onlyWhatChanged: round(cost.stillPartsMs) },
              flipWaitsMs: { depth1: round(cost.atOnceMs), depth2: round(cost.aheadMs) },
            },
          ];
        }),
      ),
    ]),
  );
}
