import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exists } from "../host/exists.ts";

export class UpdateError extends Error {
  override readonly name = "UpdateError";
  readonly code: "UPDATE_NOT_HERE" | "UPDATE_RUNNING" | "UPDATE_TOO_LARGE" | "UPDATE_DISK_FULL";
  constructor(code: UpdateError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface UpdateStatus {
  /** none: no update was handed in since the last start; waiting: handed in, not begun. */
  readonly phase: "none" | "waiting" | "installing" | "installed" | "refused";
  /** 0 to 100, while it is installed. */
  readonly percent: number;
  /** Why it was refused, in the updater's words. */
  readonly reason: string;
  /** What became of the last update that was started, e.g. "returned to 1.2.0: it did not start". */
  readonly last: string;
}

const MAX_BYTES = 1 << 30;

/**
 * Hands bundles to the image's updater and tells what becomes of them. The updater is another user: what passes between
 * the two are files in one folder. `bundle.raucb` and then `request` go to it, `progress` and `result` come back.
 */
export class Updates {
  readonly #folder: string;
  readonly #lastFile: string;

  private constructor(folder: string, lastFile: string) {
    this.#folder = folder;
    this.#lastFile = lastFile;
  }

  /** What a power cut left of an upload is removed. */
  static async open({
    folder,
    lastFile,
  }: {
    readonly folder: string;
    readonly lastFile: string;
  }): Promise<Updates> {
    await rm(join(folder, "incoming"), { force: true });
    return new Updates(folder, lastFile);
  }

  /** Takes a bundle. `force`: also while a picture is on the display. Throws UpdateError; nothing is left then. */
  async take(bundle: Readable, { force }: { readonly force: boolean }): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    if (!(await exists(this.#folder))) {
      throw new UpdateError("UPDATE_NOT_HERE", `${this.#folder} is not there: only the image takes updates`);
    }
    if (["waiting", "installing"].includes((await this.status()).phase)) {
      throw new UpdateError("UPDATE_RUNNING", "an update is being installed");
    }
    const incoming = at("incoming");
    try {
      // Opened first: a stream that opens by itself could do so after the clean-up below.
      const file = await open(incoming, "w", 0o640);
      let bytes = 0;
      await pipeline(
        bundle,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            bytes += chunk.length;
            if (bytes > MAX_BYTES)
              throw new UpdateError("UPDATE_TOO_LARGE", "no bundle is larger than 1 GiB");
            yield chunk;
          }
        },
        file.createWriteStream(),
      );
      for (const name of ["progress", "result", "force"]) await rm(at(name), { force: true });
      if (force) await writeFile(at("force"), "");
      await rename(incoming, at("bundle.raucb"));
      // The updater waits for this file.
      await writeFile(at("request"), "");
    } catch (cause) {
      await rm(incoming, { force: true });
      if (cause instanceof Error && "code" in cause && ["ENOSPC", "EDQUOT"].includes(String(cause.code))) {
        throw new UpdateError("UPDATE_DISK_FULL", "no space left for the bundle", { cause });
      }
      throw cause;
    }
  }

  async status(): Promise<UpdateStatus> {
    const text = (file: string) => readFile(file, "utf8").catch(() => undefined);
    const at = (name: string) => join(this.#folder, name);
    const last = ((await text(this.#lastFile)) ?? "").trim();
    const progress = (await text(at("progress"))) ?? "";
    const percent = Number(progress.match(/\d+(?=%)/g)?.at(-1) ?? 0);
    const result = await text(at("result"));
    if (result !== undefined) {
      const [outcome, ...reason] = result.trim().split("\n");
      return {
        phase: outcome === "installed" ? "installed" : "refused",
        percent,
        reason: reason.join("\n"),
        last,
      };
    }
    if (await exists(at("request"))) return { phase: "waiting", percent: 0, reason: "", last };
    if (await exists(at("bundle.raucb"))) return { phase: "installing", percent, reason: "", last };
    return { phase: "none", percent: 0, reason: "", last };
  }
}
