import { type PlatformName, platforms } from "../rooms/registry.ts";
import type { PlatformOffer } from "../web/live-state.ts";

/** What the page asks a person for when a room of this platform is added. */
export function platformOffer(name: PlatformName): PlatformOffer {
  const { words, credentials, transports, schemes, named = false, own = false } = platforms[name];
  return {
    name,
    words,
    named,
    own,
    transports: transports.map((transport) => ({ name: transport, schemes: schemes?.[transport] ?? [] })),
    credentials: Object.entries(credentials).map(([key, credential]) => ({ name: key, ...credential })),
  };
}
