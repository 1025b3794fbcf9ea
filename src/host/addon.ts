import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Loads one of the native addons; the error says what to do when it was not built. */
export function loadAddon<T>(name: "comments" | "host" | "media" | "stage"): T {
  const folder =
    process.env.FEIMU_ADDON_DIR ?? fileURLToPath(new URL("../../build/cmake/addon", import.meta.url));
  const file = join(folder, `${name}.node`);
  try {
    return createRequire(import.meta.url)(file) as T;
  } catch (cause) {
    throw new Error(`the native addon ${file} does not load; scripts/build makes it`, { cause });
  }
}
