import { loadAddon } from "../../host/addon.ts";
import type { Span } from "../rules.ts";

interface AddonExpressions {
  find(text: string, normalised: boolean): Uint32Array | undefined;
}
interface RulesAddon {
  Expressions: {
    new (patterns: readonly string[]): AddonExpressions;
    refusal(pattern: string): string;
  };
}

let loaded: RulesAddon | undefined;
function addon(): RulesAddon {
  loaded ??= loadAddon<RulesAddon>("comments");
  return loaded;
}

/** Why an expression is not taken, in RE2's words; "": it is. */
export const refusalOf = (pattern: string): string => addon().Expressions.refusal(pattern);

const NUMBERS = 3;
const nothing: ReadonlyMap<string, readonly Span[]> = new Map();

/** Expressions that are looked for in one pass, whatever their number: by RE2, in time that grows with the text alone. */
export class Expressions {
  readonly #patterns: readonly string[];
  readonly #addon: AddonExpressions | undefined;

  constructor(patterns: readonly string[]) {
    this.#patterns = [...new Set(patterns)];
    const { Expressions: Addon } = this.#patterns.length > 0 ? addon() : { Expressions: undefined };
    this.#addon = Addon && new Addon(this.#patterns);
  }

  /** Where each one that occurs does. `normalised`: without disguise; the spans are those of the text as it is. */
  find(text: string, normalised: boolean): ReadonlyMap<string, readonly Span[]> {
    const numbers = this.#addon?.find(text, normalised);
    if (!numbers) return nothing;
    const found = new Map<string, Span[]>();
    for (let at = 0; at < numbers.length; at += NUMBERS) {
      const [number = 0, start = 0, end = 0] = numbers.subarray(at);
      const pattern = this.#patterns[number] ?? "";
      const spans = found.get(pattern);
      if (spans) spans.push({ start, end });
      else found.set(pattern, [{ start, end }]);
    }
    return found;
  }
}
