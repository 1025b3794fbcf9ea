import type { SourceConfig } from "../box/config.ts";
import { rtp } from "./rtp.ts";
import type { NativeSource, SourceKind } from "./source.ts";
import { testPattern } from "./test-pattern.ts";

/** Every kind of source. A new one is a file and a line here, and its C++ half in `native/media`. */
const kinds: { readonly [Kind in SourceConfig["kind"]]: SourceKind<Kind> } = {
  rtp,
  "test-pattern": testPattern,
};

const kindOf = (config: SourceConfig) => kinds[config.kind] as SourceKind<SourceConfig["kind"]>;

export function openSource(config: SourceConfig): NativeSource {
  return kindOf(config).open(config);
}

export function sourceLabel(config: SourceConfig): string {
  return kindOf(config).label(config);
}
