import { networkInterfaces } from "node:os";
import type { Config } from "../box/config.ts";
import { type FailureCode, failures } from "../catalogue/failures.ts";
import { type Language, roomStates, sourceKinds, sourceStates, wordFor } from "../catalogue/states.ts";
import { platformWords } from "../rooms/registry.ts";
import type { Message } from "../rpc/proto.ts";

/** Where a phone in the same network finds the page; undefined while this machine is in no network. */
export function pageAddress({ host, port }: Config["web"]): string | undefined {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4");
  const shown = host === "0.0.0.0" || host === "::" ? own?.address : host;
  if (shown === undefined) return undefined;
  return `http://${shown.includes(":") ? `[${shown}]` : shown}${port === 80 ? "" : `:${port}`}/`;
}

/** Where guests post, with the code of now, in capitals: a code on the display needs fewer modules for them. */
export function guestAddress(web: Config["web"], code: string | undefined): string | undefined {
  const address = pageAddress(web);
  return code && address ? `${address}G/${code}`.toUpperCase() : undefined;
}

/** What stands on the display when there is no picture: how to reach the box, and how its rooms and sources are. */
export function idleScreen(
  config: Config,
  pin: string | undefined,
  { rooms, sources }: { readonly rooms: readonly Message[]; readonly sources: readonly Message[] },
  troubles: readonly FailureCode[],
): Message {
  const language: Language = config.display.language;
  const colon = language === "zh" ? "：" : ": ";
  const address = pageAddress(config.web);
  return {
    name: config.name,
    address: address ?? "",
    pin: pin ?? "",
    lines: [
      ...(address === undefined ? (["NO_NETWORK", ...troubles] as const) : troubles).flatMap((code) => {
        const { cause, next } = failures[code];
        return [cause[language], next[language]];
      }),
      ...rooms.map(
        ({ platform, id, title, state }) =>
          `${wordFor(platformWords, platform, language)} ${title || id}${colon}${wordFor(roomStates, state, language)}`,
      ),
      ...sources.map(
        ({ kind, label, state }) =>
          `${wordFor(sourceKinds, kind, language)} ${label}${colon}${wordFor(sourceStates, state, language)}`,
      ),
    ],
  };
}
