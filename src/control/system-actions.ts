import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { type Config, ConfigError, parseConfig } from "../box/config.ts";
import { migrate } from "../box/config-versions.ts";
import { imagePaths } from "../box/image-paths.ts";
import { MARK } from "../box/vault-mark.ts";
import type { RpcClient } from "../rpc/client.ts";
import type { Updates } from "../update/updates.ts";
import { ApiError } from "../web/api.ts";
import type { SystemActions } from "../web/system-routes.ts";
import type { Settings } from "./settings.ts";

const FETCH_MS = 60 * 60_000;

/** Nobody can open these: a link whose keys are not here stays closed, and does not go on unprotected. */
const keptBack = { send: MARK, receive: MARK };

/** Settings without what only this box may know: the rooms' credentials, the links' keys. */
export function withoutSecrets(config: Config): Config {
  return {
    ...config,
    rooms: config.rooms.map(({ credentials: _secret, ...room }) => room),
    sources: config.sources.map((source) =>
      source.kind === "rtp" && source.keys ? { ...source, keys: keptBack } : source,
    ),
    sinks: config.sinks.map((sink) => (sink.keys ? { ...sink, keys: keptBack } : sink)),
  };
}

/** Settings that were exported, with the secrets that are here already. */
export function withSecrets(settings: Config, here: Config): Config {
  const credentialsOf = ({ platform, id }: Config["rooms"][number]) =>
    here.rooms.find((room) => room.platform === platform && room.id === id)?.credentials;
  return {
    ...settings,
    rooms: settings.rooms.map((room) => {
      const credentials = room.credentials ?? credentialsOf(room);
      return { ...room, ...(credentials && { credentials }) };
    }),
    sources: settings.sources.map((source) => {
      if (source.kind !== "rtp" || source.keys?.send !== MARK) return source;
      const same = here.sources.find((one) => one.kind === "rtp" && one.listen === source.listen);
      return same?.kind === "rtp" && same.keys ? { ...source, keys: same.keys } : source;
    }),
    sinks: settings.sinks.map((sink) => {
      if (sink.keys?.send !== MARK) return sink;
      const keys = here.sinks.find(({ to, keys }) => to === sink.to && keys)?.keys;
      return keys ? { ...sink, keys } : sink;
    }),
  };
}

export function systemActions(options: {
  readonly settings: Pick<Settings, "config" | "change">;
  readonly box: RpcClient;
  readonly updates: Updates;
  readonly stateDir: string;
}): SystemActions {
  const { settings, box, updates, stateDir } = options;
  return {
    async updateStatus() {
      return { ...(await updates.status()), address: settings.config.update.address ?? "" };
    },
    takeUpdate: (bundle, force) => updates.take(bundle, { force }),
    async fetchUpdate(force) {
      const { address } = settings.config.update;
      if (!address) throw new ApiError(409, "UPDATE_NO_ADDRESS");
      const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) }).catch(
        (error) => error,
      );
      if (!(response instanceof Response) || !response.ok || !response.body) {
        const reason =
          response instanceof Response ? `status ${response.status}` : String(response.cause ?? response);
        throw new ApiError(502, "UPDATE_NOT_FETCHED", { reason });
      }
      await updates.take(Readable.fromWeb(response.body as WebStream), { force });
    },
    setUpdateAddress: (address) => settings.change(() => ({ update: address === "" ? {} : { address } })),
    exportConfig: () => withoutSecrets(settings.config),
    async importConfig(file) {
      try {
        const given = parseConfig(file);
        // What a file does not name stays as it is, and does not become what a new box has.
        const named = new Set(Object.keys(migrate(file) as object));
        await settings.change((here) =>
          Object.fromEntries(Object.entries(withSecrets(given, here)).filter(([key]) => named.has(key))),
        );
      } catch (error) {
        if (error instanceof ConfigError) throw new ApiError(400, error.code, { errors: error.errors });
        throw error;
      }
    },
    async reset() {
      // Only on the image somebody waits for this file, and starts the box anew.
      if (stateDir !== imagePaths.state) throw new ApiError(409, "RESET_NOT_HERE");
      await writeFile(join(stateDir, "reset-wanted"), "");
    },
    async leaveSafeMode() {
      await box.unary("leaveSafeMode", {});
    },
    async warnings() {
      const texts = [imagePaths.olderWarnings, imagePaths.warnings].map((file) =>
        readFile(file, "utf8").catch(() => ""),
      );
      return (await Promise.all(texts)).join("");
    },
  };
}
