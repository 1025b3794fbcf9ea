import { canonicalAddress, isLoopback, parseAddress, parseHost } from "../box/addresses.ts";
import { type Config, maxSinks, maxSources, type SinkConfig, type SourceConfig } from "../box/config.ts";
import { ApiError } from "../web/api.ts";
import type { LinkActions } from "../web/link-routes.ts";
import type { LinkSettings } from "../web/live-state.ts";
import type { Settings } from "./settings.ts";

type RtpSource = Extract<SourceConfig, { kind: "rtp" }>;

/** What is set of the links, for the page: that there are keys, never which. */
export const linkSettings = ({ sinks, sources }: Config): LinkSettings => ({
  sinks: sinks.map(({ to, kbps, oneWay, keys }) => ({ to, kbps, oneWay, keyed: keys !== undefined })),
  sources: sources.flatMap((one) => {
    if (one.kind !== "rtp") return [];
    const { listen, allow = [], keys } = one;
    const open = allow.length > 0 || isLoopback(parseAddress(listen)?.host ?? "");
    return [{ listen, keyed: keys !== undefined, open }];
  }),
});

/** As the configuration writes it; what is no address stays for its check. */
const written = (address: string) => canonicalAddress(address) ?? address;

const isAt =
  (address: string) =>
  (source: SourceConfig): source is RtpSource =>
    source.kind === "rtp" && source.listen === written(address);

export function linkActions(settings: Pick<Settings, "change">): LinkActions {
  const refuseTwice = (sinks: readonly SinkConfig[], to: string) => {
    if (sinks.some((sink) => sink.to === written(to))) throw new ApiError(409, "SINK_DUPLICATE");
  };
  const changeSource = (listen: string, change: (source: RtpSource) => RtpSource) =>
    settings.change(({ sources }) => {
      const isIt = isAt(listen);
      if (!sources.some(isIt)) throw new ApiError(404, "LINK_NOT_THERE");
      return { sources: sources.map((source) => (isIt(source) ? change(source) : source)) };
    });
  return {
    addSink: ({ keys, ...sink }) =>
      settings.change(({ sinks }) => {
        if (sink.to !== undefined) refuseTwice(sinks, sink.to);
        if (sinks.length >= maxSinks) throw new ApiError(409, "SINKS_FULL");
        const added = { kind: "rtp", ...sink, ...(keys && { keys }) } as SinkConfig;
        return { sinks: [...sinks, added] };
      }),
    changeSink: (to, { keys, ...change }) =>
      settings.change(({ sinks }) => {
        const others = sinks.filter((sink) => sink.to !== written(to));
        if (others.length === sinks.length) throw new ApiError(404, "LINK_NOT_THERE");
        if (change.to !== undefined) refuseTwice(others, change.to);
        return {
          sinks: sinks.map((sink) => {
            if (others.includes(sink)) return sink;
            const { keys: before, ...rest } = sink;
            const now = keys === undefined ? before : keys;
            return { ...rest, ...change, ...(now && { keys: now }) } as SinkConfig;
          }),
        };
      }),
    removeSink: (to) =>
      settings.change(({ sinks }) => ({ sinks: sinks.filter((sink) => sink.to !== written(to)) })),
    addSource: ({ listen, allow, keys }) =>
      settings.change(({ sources }) => {
        if (sources.some(isAt(listen))) throw new ApiError(409, "SOURCE_DUPLICATE");
        if (sources.length >= maxSources) throw new ApiError(409, "SOURCES_FULL");
        const added: RtpSource = { kind: "rtp", listen, ...(allow && { allow }), ...(keys && { keys }) };
        return { sources: [...sources, added] };
      }),
    removeSource: (listen) =>
      settings.change(({ sources }) => {
        const isIt = isAt(listen);
        return { sources: sources.filter((source) => !isIt(source)) };
      }),
    setSourceKeys: (listen, keys) =>
      changeSource(listen, ({ keys: _before, ...rest }) => ({ ...rest, ...(keys && { keys }) })),
    allowSender: (listen, address) =>
      changeSource(listen, (source) => ({
        ...source,
        allow: [...new Set([...(source.allow ?? []), parseHost(address) ?? address])],
      })),
  };
}
