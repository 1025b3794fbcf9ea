import { Kind } from "../../comments/comment.ts";
import type { Rule } from "../rules.ts";
import type { ruleKinds } from "./choices.ts";
import { headOf } from "./head.ts";
import type { ContextRuleConfig } from "./rule-schema.ts";

/** What is known of a comment beside its text. */
export interface CommentContext {
  /** PLATFORM:ROOM */
  readonly room: string;
  /** Our name for them. */
  readonly author: string | undefined;
  readonly kind: Kind;
  /** Of this author in this room, within the last minute, this one included. */
  readonly perMinute: number;
  /** How often this author said the same in that time. */
  readonly said: number;
}

/** Which of the rule's conditions it was, where that is a count. */
export interface ContextMatch {
  readonly perMinute?: number;
  readonly said?: number;
}

const kindOf: Readonly<Record<(typeof ruleKinds)[number], Kind>> = {
  chat: Kind.CHAT,
  gift: Kind.GIFT,
  "super-chat": Kind.SUPER_CHAT,
  guard: Kind.GUARD,
  enter: Kind.ENTER,
};
/** One for all: most rules do not apply to most comments. */
const nothing: readonly ContextMatch[] = [];
const said: readonly Kind[] = [Kind.CHAT, Kind.SUPER_CHAT];

/** Whether the rule needs to know how much an author says. */
export const counts = ({ perMinute, repeats }: ContextRuleConfig) =>
  perMinute !== undefined || repeats !== undefined;

/** Applies where all that it names is so. */
export function contextRule(config: ContextRuleConfig): Rule<CommentContext, ContextMatch> {
  const rooms = new Set(config.rooms);
  const authors = new Set(config.authors);
  const kinds = new Set(config.kinds.length > 0 ? config.kinds.map((kind) => kindOf[kind]) : said);
  const { perMinute, repeats } = config;
  return {
    ...headOf(config),
    find(context) {
      if (!kinds.has(context.kind) || (rooms.size > 0 && !rooms.has(context.room))) return nothing;
      if (authors.size > 0 && !(context.author !== undefined && authors.has(context.author))) return nothing;
      if (perMinute !== undefined && context.perMinute <= perMinute) return nothing;
      if (repeats !== undefined && context.said < repeats) return nothing;
      return [
        {
          ...(perMinute !== undefined && { perMinute: context.perMinute }),
          ...(repeats !== undefined && { said: context.said }),
        },
      ];
    },
  };
}
