import type { LinkSettings, LiveState } from "../live-state.ts";
import { linkKey } from "./link-history.ts";

export type Link = LiveState["links"][number];
export type Sink = LinkSettings["sinks"][number];
export type Source = LinkSettings["sources"][number];

/** A link that is set, that is told of, or both. */
export interface ShownLink {
  readonly key: string;
  readonly role: "send" | "receive";
  /** As it is configured. */
  readonly address: string;
  readonly link: Link | undefined;
  readonly sink: Sink | undefined;
  readonly source: Source | undefined;
}

/** What is sent, then what is received, both in the order of the configuration. */
export function shownLinks(links: readonly Link[], settings: LinkSettings | undefined): ShownLink[] {
  const told = new Map(links.map((link) => [linkKey(link.role, link.label), link]));
  const sinks = (settings?.sinks ?? []).map((sink): ShownLink => {
    const key = linkKey("send", sink.to);
    return { key, role: "send", address: sink.to, link: told.get(key), sink, source: undefined };
  });
  const received = (settings?.sources ?? []).map((source): ShownLink => {
    const key = linkKey("receive", source.listen);
    return { key, role: "receive", address: source.listen, link: told.get(key), sink: undefined, source };
  });
  return [...sinks, ...received];
}

/** Pictures go over it, or may at any moment: states of the controller begin with a capital. */
export const isLive = ({ state = "", failure }: Link) =>
  !failure && (state === "receiving" || /^[A-Z]/.test(state));

export type Stage =
  | "stageBefore"
  | "stageEncode"
  | "stageSend"
  | "stagePath"
  | "stageAssemble"
  | "stageDecode";

/** Milliseconds of each stage that this end knows, in order. */
export function stagesOf(link: Link): { readonly name: Stage; readonly ms: number }[] {
  const { encodeMs, sendMs, rttMs, queueMs = 0, assembleMs, decodeMs, totalMs } = link;
  // The way back has no queue of ours: half of what is left is each way's own.
  const pathMs = rttMs === undefined ? undefined : Math.max(rttMs, queueMs) / 2 + queueMs / 2;
  const beforeMs =
    totalMs === undefined ? undefined : Math.max(0, totalMs - (assembleMs ?? 0) - (decodeMs ?? 0));
  const all: [Stage, number | undefined][] = [
    ["stageBefore", beforeMs],
    ["stageEncode", encodeMs],
    ["stageSend", sendMs],
    ["stagePath", pathMs],
    ["stageAssemble", assembleMs],
    ["stageDecode", decodeMs],
  ];
  return all.flatMap(([name, ms]) => (ms === undefined ? [] : [{ name, ms }]));
}
