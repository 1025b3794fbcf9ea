import type { Config, SinkConfig } from "../box/config.ts";
import { ApiError } from "../web/api.ts";
import type { LinkActions } from "../web/link-routes.ts";
import type { LinkSettings } from "../web/live-state.ts";

/** What is set of the links, for the page: that there are keys, never which. */
export const linkSettings = ({ sinks, sources }: Config): LinkSettings => ({
  sinks: sinks.map(({ to, kbps, oneWay, keys }) => ({ to, kbps, oneWay, keyed: keys !== undefined })),
  keyedSources: sources.flatMap((one) => (one.kind === "rtp" && one.keys ? [one.listen] : [])),
});

export function linkActions({
  config,
  patch,
}: {
  readonly config: () => Config;
  /** Checks it all, and throws ApiError. */
  readonly patch: (change: Partial<Config>) => Promise<void>;
}): LinkActions {
  const refuseTwice = (to: string | undefined, except?: string) => {
    if (to !== except && config().sinks.some((sink) => sink.to === to)) {
      throw new ApiError(409, "SINK_DUPLICATE");
    }
  };
  return {
    async addSink({ keys, ...sink }) {
      refuseTwice(sink.to);
      const added = { kind: "rtp", ...sink, ...(keys && { keys }) } as SinkConfig;
      await patch({ sinks: [...config().sinks, added] });
    },
    async changeSink(to, { keys, ...change }) {
      const { sinks } = config();
      if (!sinks.some((sink) => sink.to === to)) throw new ApiError(404, "LINK_NOT_THERE");
      refuseTwice(change.to, to);
      await patch({
        sinks: sinks.map((sink) => {
          if (sink.to !== to) return sink;
          const { keys: before, ...rest } = sink;
          const now = keys === undefined ? before : keys;
          return { ...rest, ...change, ...(now && { keys: now }) } as SinkConfig;
        }),
      });
    },
    async removeSink(to) {
      await patch({ sinks: config().sinks.filter((sink) => sink.to !== to) });
    },
    async setSourceKeys(listen, keys) {
      const { sources } = config();
      if (!sources.some((one) => one.kind === "rtp" && one.listen === listen)) {
        throw new ApiError(404, "LINK_NOT_THERE");
      }
      await patch({
        sources: sources.map((source) => {
          if (source.kind !== "rtp" || source.listen !== listen) return source;
          const { keys: _before, ...rest } = source;
          return { ...rest, ...(keys && { keys }) };
        }),
      });
    },
  };
}
