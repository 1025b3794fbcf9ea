import type { LinkKeys, SourceConfig } from "../box/config.ts";

/** What the native engine opens; a kind reads its own fields. */
export interface NativeSource {
  readonly kind: string;
  readonly host?: string;
  readonly port?: number;
  /** Numeric addresses that may send. */
  readonly allow?: readonly string[];
  readonly keys?: LinkKeys;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
}

/** One kind of source: how it is called on the page, and what it opens. */
export interface SourceKind<Kind extends SourceConfig["kind"]> {
  /** Short, in the order of the configuration on the page: an address or a size. */
  label(config: Extract<SourceConfig, { kind: Kind }>): string;
  open(config: Extract<SourceConfig, { kind: Kind }>): NativeSource;
}
