import type { LinkKeys, SinkConfig } from "../box/config.ts";

/** What the native engine opens; a kind reads its own fields. */
export interface NativeSink {
  readonly kind: string;
  readonly host?: string;
  readonly port?: number;
  readonly kbps?: number;
  readonly fps?: number;
  /** 0 or left out: the stage's size. */
  readonly width?: number;
  readonly height?: number;
  readonly oneWay?: boolean;
  readonly keys?: LinkKeys;
}

/** One kind of sink: how it is called on the page, and what it opens. */
export interface SinkKind<Kind extends SinkConfig["kind"]> {
  label(config: Extract<SinkConfig, { kind: Kind }>): string;
  open(config: Extract<SinkConfig, { kind: Kind }>): NativeSink;
}
