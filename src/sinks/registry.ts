import type { SinkConfig } from "../box/config.ts";
import { rtp } from "./rtp.ts";
import type { NativeSink, SinkKind } from "./sink.ts";

/** Every kind of sink. A new one is a file and a line here, and its C++ half in `native/media`. */
const kinds: { readonly [Kind in SinkConfig["kind"]]: SinkKind<Kind> } = { rtp };

const kindOf = (config: SinkConfig) => kinds[config.kind] as SinkKind<SinkConfig["kind"]>;

export function openSink(config: SinkConfig): NativeSink {
  return kindOf(config).open(config);
}

export function sinkLabel(config: SinkConfig): string {
  return kindOf(config).label(config);
}
