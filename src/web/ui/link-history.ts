import { signal } from "@preact/signals";
import type { LiveState } from "../live-state.ts";

type Link = LiveState["links"][number];

/** How far back the plots reach. */
export const SHOWN_MS = 120_000;

/** A link's values come once a second: when more is missing than one, that is a gap. */
export const GAP_MS = 2_500;

/** What is plotted of a link at a time; undefined: it was not known. */
export interface LinkSample {
  readonly timeMs: number;
  readonly state: string;
  readonly kbps: number | undefined;
  readonly targetKbps: number | undefined;
  readonly rttMs: number | undefined;
  readonly queueMs: number | undefined;
  /** Share of packets, 0 to 1. */
  readonly loss: number | undefined;
  /** Share of all packets that was lost and came in time after all. */
  readonly repaired: number | undefined;
}

/** The same link over time, and on both sides of its configuration: IPv6 has brackets there alone. */
export const linkKey = (role = "", label = "") => `${role} ${label.replace(/[[\]]/g, "")}`;

function sampleOf(link: Link, timeMs: number): LinkSample {
  const { state = "", kbps, targetKbps, rttMs, queueMs, loss, repaired } = link;
  return {
    timeMs,
    state,
    kbps,
    targetKbps,
    rttMs,
    queueMs,
    loss,
    repaired: loss === undefined || repaired === undefined ? undefined : loss * repaired,
  };
}

/** The last two minutes of every link. It outlives what is drawn of it, and the page's socket. */
export class LinkHistory {
  readonly #samples = new Map<string, LinkSample[]>();
  #newestMs = 0;

  /** When the last values came. */
  get newestMs(): number {
    return this.#newestMs;
  }

  note(links: readonly Link[], timeMs: number): void {
    this.#newestMs = timeMs;
    for (const link of links) {
      const key = linkKey(link.role, link.label);
      const samples = this.#samples.get(key) ?? [];
      this.#samples.set(key, samples);
      samples.push(sampleOf(link, timeMs));
    }
    for (const [key, samples] of this.#samples) {
      while (samples[0] && samples[0].timeMs < timeMs - SHOWN_MS) samples.shift();
      if (samples.length === 0) this.#samples.delete(key);
    }
  }

  of(key: string): readonly LinkSample[] {
    return this.#samples.get(key) ?? [];
  }
}

export const linkHistory = new LinkHistory();

/** When the history last grew: what shows it reads this. */
export const historyMs = signal(0);

export function noteLinks(links: readonly Link[]): void {
  const now = performance.now();
  linkHistory.note(links, now);
  historyMs.value = now;
}
