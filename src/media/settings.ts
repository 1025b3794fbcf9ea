import type { Logger } from "pino";
import type { Config, SinkConfig, SourceConfig } from "../box/config.ts";
import type { FailureCode } from "../catalogue/failures.ts";
import type { Message } from "../rpc/proto.ts";
import { openSink, sinkLabel } from "../sinks/registry.ts";
import { openSource, sourceLabel } from "../sources/registry.ts";
import type { NativeMedia, NativeSourceStatus } from "./addon.ts";

type Engine = Pick<NativeMedia, "setSources" | "setSinks" | "status" | "links">;

/** An entry of the configuration, and whether the engine took it. */
interface Entry<Kind> {
  readonly config: Kind;
  readonly taken: boolean;
}

const REFUSED: FailureCode = "MEDIA_SETTING_REFUSED";

/**
 * Brings the configured sources and sinks to the native engine. What the engine refuses stands in the status beside the others, which go on: no
 * setting ends the process, as it would end it again at every start.
 */
export class MediaSettings {
  readonly #engine: Engine;
  readonly #log: Logger;
  #sources: readonly Entry<SourceConfig>[] = [];
  #sinks: readonly Entry<SinkConfig>[] = [];

  constructor(engine: Engine, log: Logger) {
    this.#engine = engine;
    this.#log = log;
  }

  apply({ sources, sinks }: Pick<Config, "sources" | "sinks">): void {
    const engine = this.#engine;
    this.#sources = this.#set(sources, openSource, (all) => engine.setSources(all), sourceLabel);
    this.#sinks = this.#set(sinks, openSink, (all) => engine.setSinks(all), sinkLabel);
  }

  /** The sources that the engine took, and how they are. */
  opened(): { readonly config: SourceConfig; readonly status: NativeSourceStatus }[] {
    const status = this.#engine.status();
    return this.#sources
      .filter(({ taken }) => taken)
      .flatMap(({ config }, index) => (status[index] ? [{ config, status: status[index] }] : []));
  }

  /** feimu.v1.Source, in the order of the configuration. */
  sources(): Message[] {
    const opened = new Map(this.opened().map(({ config, status }) => [config, status]));
    return this.#sources.flatMap(({ config, taken }): Message[] => {
      const named = { kind: config.kind, label: sourceLabel(config) };
      if (!taken) return [{ ...named, state: "failed", failure: REFUSED }];
      const status = opened.get(config);
      if (!status) return [];
      const { sender, failure, ...rest } = status;
      return [{ ...named, ...rest, ...(sender && { sender }), ...(failure && { failure }) }];
    });
  }

  /** feimu.v1.Link: those of the sources, then those of the sinks. */
  links(): Message[] {
    const refused = this.#sinks.filter(({ taken }) => !taken);
    return [
      ...this.#engine.links(),
      ...refused.map(({ config }) => ({
        role: "send",
        label: sinkLabel(config),
        state: "waiting",
        failure: REFUSED,
      })),
    ];
  }

  #set<Kind, Native>(
    configs: readonly Kind[],
    open: (config: Kind) => Native,
    set: (all: readonly Native[]) => void,
    label: (config: Kind) => string,
  ): Entry<Kind>[] {
    try {
      set(configs.map(open));
      return configs.map((config) => ({ config, taken: true }));
    } catch {
      // It refuses all for one: which one it is shows when they are set one after the other, each anew.
    }
    set([]);
    const taken: Native[] = [];
    return configs.map((config) => {
      try {
        const next = open(config);
        set([...taken, next]);
        taken.push(next);
        return { config, taken: true };
      } catch (error) {
        this.#log.error({ err: error, failure: REFUSED, at: label(config) }, "a setting cannot be used");
        return { config, taken: false };
      }
    });
  }
}
