import { PNG } from "pngjs";
import type { StagePicture } from "./addon.ts";

/** PNG, RGB. */
export function encodePng({ width, height, rgba }: StagePicture): Buffer {
  const png = new PNG({ width, height });
  rgba.copy(png.data);
  return PNG.sync.write(png, { colorType: 2, inputHasAlpha: true, deflateLevel: 3 });
}
