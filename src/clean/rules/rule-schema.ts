import { z } from "zod";
import { categories } from "../categories.ts";
import { boundaries, ruleActions, ruleKinds, spaces } from "./choices.ts";
import { refusalOf } from "./expressions.ts";

/** What the operator may keep at once. */
export const MAX_RULES = 400;
/** Units of a word, as the automaton takes them. */
const MAX_WORD = 64;
const MAX_WORDS = 200;
const MAX_WITHIN = 32;
const MAX_EXPRESSION = 1_000;

const phrase = z
  .string()
  .trim()
  .min(1)
  .max(MAX_WORD)
  .regex(/^[^\r\n|]+$/, "expected one word: no | and no line break")
  .regex(/^[^=!@#]/, 'expected no =, !, @ or # at its beginning: "boundary": "whole" is for whole texts');
const phrases = z.array(phrase).max(MAX_WORDS).default([]);

const neighbours = z.strictObject({
  words: z.array(phrase).min(1).max(MAX_WORDS),
  within: z.int().min(1).max(MAX_WITHIN).default(8).describe("Characters before and after"),
});

const time = z.iso.datetime({ offset: true, local: false, error: "expected a time as 2030-01-31T20:00:00Z" });

const common = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected 1 to 40 of a-z, 0-9 and -")
    .describe("Stands in verdicts"),
  enabled: z.boolean().default(true),
  about: z.string().max(200).default("").describe("A remark"),
  category: z.enum(categories).default("custom"),
  severity: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
  action: z.enum(ruleActions).optional().describe("What happens whatever the dial says"),
  from: time.optional().describe("In force from then on"),
  until: time.optional().describe("In force until then"),
  source: z.string().max(80).default("own").describe("Where it comes from"),
};

const textRule = z
  .strictObject({
    kind: z.literal("text"),
    ...common,
    words: phrases.describe("Any of them; they are looked for in one scan with all lists"),
    expression: z
      .string()
      .min(1)
      .max(MAX_EXPRESSION)
      .superRefine((pattern, context) => {
        const refusal = refusalOf(pattern);
        if (refusal)
          context.addIssue({ code: "custom", message: `expected an expression of RE2: ${refusal}` });
      })
      .optional()
      .describe(
        "An expression of RE2, in any case of letters; with words, it is looked for beside them alone",
      ),
    space: z
      .enum(spaces)
      .default("normalised")
      .describe(
        "raw: as the words stand there; normalised: also disguised and backwards; spoken: also in typed pinyin",
      ),
    boundary: z
      .enum(boundaries)
      .default("ascii-word")
      .describe(
        "none: anywhere; ascii-word: not within a longer word of Latin letters or number; whole: nothing else is said",
      ),
    maxGap: z.int().min(0).max(3).default(3).describe("Characters that are no letters between two of a word"),
    require: neighbours.optional().describe("Only beside one of these"),
    forbid: neighbours.optional().describe("Not beside one of these"),
    allow: phrases.describe("Not within one of these"),
  })
  .superRefine((rule, context) => {
    if (rule.words.length === 0 && rule.expression === undefined) {
      context.addIssue({
        code: "custom",
        path: ["words"],
        message: "expected at least one, or an expression",
      });
    }
    checkTimes(rule, context);
  });

const contextRule = z
  .strictObject({
    kind: z.literal("context"),
    ...common,
    rooms: z
      .array(
        z
          .string()
          .max(160)
          .regex(/^[a-z]+:./, "expected PLATFORM:ROOM"),
      )
      .max(50)
      .default([])
      .describe("PLATFORM:ROOM; none: all"),
    authors: z
      .array(z.string().min(1).max(64))
      .max(MAX_WORDS)
      .default([])
      .describe("The box's own names for them; none: all"),
    kinds: z.array(z.enum(ruleKinds)).max(ruleKinds.length).default([]).describe("None: what is said"),
    perMinute: z
      .int()
      .min(1)
      .max(120)
      .optional()
      .describe("Comments of one author in a minute, beyond which it applies"),
    repeats: z
      .int()
      .min(2)
      .max(60)
      .optional()
      .describe("From the n-th time that an author says the same in a minute"),
  })
  .superRefine((rule, context) => {
    const { rooms, authors, kinds, perMinute, repeats } = rule;
    const says =
      rooms.length + authors.length + kinds.length > 0 || perMinute !== undefined || repeats !== undefined;
    if (!says) {
      context.addIssue({
        code: "custom",
        message: "expected at least one of rooms, authors, kinds, perMinute, repeats",
      });
    }
    checkTimes(rule, context);
  });

function checkTimes(
  { from, until }: { readonly from?: string | undefined; readonly until?: string | undefined },
  context: { addIssue(issue: { code: "custom"; path: string[]; message: string }): void },
): void {
  if (from !== undefined && until !== undefined && Date.parse(from) >= Date.parse(until)) {
    context.addIssue({ code: "custom", path: ["until"], message: "expected a time after from" });
  }
}

/** A rule of the operator's, as it is kept, imported, exported and edited. */
export const ruleSchema = z.discriminatedUnion("kind", [textRule, contextRule]);

export const rulesSchema = z
  .array(ruleSchema)
  .max(MAX_RULES)
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of rules.entries()) {
      if (seen.has(id)) {
        context.addIssue({ code: "custom", path: [index, "id"], message: `there is another rule ${id}` });
      }
      seen.add(id);
    }
  });

export type RuleConfig = z.output<typeof ruleSchema>;
export type TextRuleConfig = z.output<typeof textRule>;
export type ContextRuleConfig = z.output<typeof contextRule>;
