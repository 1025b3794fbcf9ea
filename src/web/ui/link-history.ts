import { signal } from "@preact/signals";
import type { LiveState } from "../live-state.ts";
import { shownState } from "./link-state.ts";

type Link = LiveState["links"][number];

/** How far back the plots reach. */
export const SHOWN_MS = 120_000;

/** A link's values come once a second: when more is missing than one, that is a gap. */
export const GAP_MS = 2_500;
/** From then on a second's values are late. */
const LATE_MS = 1_500;

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
  const { kbps, targetKbps, rttMs, queueMs, loss, repaired } = link;
  return {
    timeMs,
    state: shownState(link),
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
  #toldMs = 0;
  #untilMs = 0;

  /** The end of what it remembers: when values came, or were missed, last. */
  get untilMs(): number {
    return this.#untilMs;
  }

  note(links: readonly Link[], timeMs: number): void {
    this.#toldMs = timeMs;
    for (const link of links) {
      const key = linkKey(link.role, link.label);
      const samples = this.#samples.get(key) ?? [];
      this.#samples.set(key, samples);
      samples.push(sampleOf(link, timeMs));
    }
    this.#goTo(timeMs);
  }

  /** Time passes while nothing is told, too. Returns whether that has to be shown: not while values come in time. */
  pass(timeMs: number): boolean {
    if (timeMs - this.#toldMs < LATE_MS) return false;
    this.#goTo(timeMs);
    return true;
  }

  #goTo(timeMs: number) {
    this.#untilMs = timeMs;
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

let passing: ReturnType<typeof setInterval> | undefined;

/** Until when the history goes: what shows it reads this. It goes on while somebody does. */
export const historyMs = signal(0, {
  watched() {
    passing = setInterval(() => {
      const now = performance.now();
      if (linkHistory.pass(now)) historyMs.value = now;
    }, 1_000);
  },
  unwatched() {
    clearInterval(passing);
  },
});

export function noteLinks(links: readonly Link[]): void {
  const now = performance.now();
  linkHistory.note(links, now);
  historyMs.value = now;
}
