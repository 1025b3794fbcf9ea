import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { GuestError } from "../venue/gate.ts";
import { type GuestHello, guestNameLength, guestTextLength } from "../venue/guest-message.ts";
import type { Guests } from "../venue/guests.ts";
import { ApiError, body } from "./api.ts";

export const GUEST_COOKIE = "feimu_guest";
const COOKIE_LIFE_S = 24 * 3_600;

const bodies = {
  enter: z.strictObject({ code: z.string().max(16) }),
  // Browsers count UTF-16 units, as zod does.
  say: z.strictObject({
    text: z.string().max(guestTextLength),
    name: z.string().max(guestNameLength).default(""),
  }),
};

/** Says a guest's refusal as the page understands it. */
async function orRefuse<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    const status = { GUEST_CODE_OLD: 403, GUEST_WAIT: 429, GUEST_CLOSED: 404 }[error.code];
    throw new ApiError(status, error.code, error.waitMs > 0 ? { waitMs: Math.ceil(error.waitMs) } : {});
  }
}

/** The page of the venue's guests: who has read the code on the display may post, and nothing else. */
export function guestRoutes(app: FastifyInstance, guests: Guests, name: () => string): void {
  const guestOf = (request: FastifyRequest) => guests.guestOf(request.cookies[GUEST_COOKIE]);
  // Codes hold capitals alone, which makes them smaller and easier to read from afar.
  app.get<{ Params: { code: string } }>("/G/:code", ({ params: { code } }, reply) =>
    reply.redirect(`/guest.html#${encodeURIComponent(code)}`),
  );
  app.get(
    "/api/guest",
    (request): GuestHello => ({
      name: name(),
      open: guests.isOpen,
      guest: guestOf(request) !== undefined,
      approval: guests.approval,
    }),
  );
  app.post("/api/guest/enter", async (request, reply) => {
    const { code } = body(bodies.enter, request);
    const held = await orRefuse(() => guests.enter(code, request.ip));
    reply.setCookie(GUEST_COOKIE, held, {
      httpOnly: true,
      sameSite: "strict",
      path: "/api/guest",
      maxAge: COOKIE_LIFE_S,
    });
    return {};
  });
  app.post("/api/guest/say", async (request) => {
    const guest = guestOf(request);
    if (guest === undefined) throw new ApiError(403, "GUEST_CODE_OLD");
    await orRefuse(() => guests.say(guest, body(bodies.say, request)));
    return {};
  });
}
