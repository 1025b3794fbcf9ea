import { type Platform, usualTolerance } from "../platform.ts";

/** The guests of the place where the box stands: they post on a page of the box. */
export const venue: Platform = {
  words: { en: "Guests here", zh: "现场观众" },
  id: {
    pattern: /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
    expected: "a name of your choice: letters, digits, - or _",
  },
  transports: ["page"],
  endpoints: [],
  schemes: { page: [] },
  named: true,
  tolerance: usualTolerance,
  credentials: {},
  idIn: () => undefined,
  async open(config) {
    const { VenueRoom } = await import("./room.ts");
    return new VenueRoom(config);
  },
};
