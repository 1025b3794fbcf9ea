/** Who looks at a comment has it for this long; looking on renews it. */
export const CLAIM_MS = 15_000;

interface Claim {
  readonly by: string;
  readonly untilMs: number;
}

/** One comment, one moderator: who looks at it first. */
export class Claims {
  readonly #now: () => number;
  readonly #claims = new Map<string, Claim>();

  /** `now`: a clock that does not jump. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Who has it; undefined: nobody. */
  holder(key: string): string | undefined {
    const claim = this.#claims.get(key);
    return claim && claim.untilMs > this.#now() ? claim.by : undefined;
  }

  /** True when it is theirs from now on. Their claim on another one ends: nobody looks at two at once. */
  claim(key: string, by: string): boolean {
    if ((this.holder(key) ?? by) !== by) return false;
    for (const [other, claim] of this.#claims) {
      if (claim.by === by || claim.untilMs <= this.#now()) this.#claims.delete(other);
    }
    this.#claims.set(key, { by, untilMs: this.#now() + CLAIM_MS });
    return true;
  }

  get all(): { readonly key: string; readonly by: string }[] {
    return [...this.#claims.keys()].flatMap((key) => {
      const by = this.holder(key);
      return by === undefined ? [] : [{ key, by }];
    });
  }
}
