/** What a viewer of a simulated room does. */
export interface Saying {
  readonly kind?: "chat" | "gift" | "superChat" | "guard" | "enter" | "like";
  readonly text?: string;
  /** 0xRRGGBB */
  readonly colour?: number;
  readonly mode?: "scroll" | "top" | "bottom";
  readonly author?: string;
  /** Addresses of pictures for parts of the text. */
  readonly emotes?: Readonly<Record<string, string>>;
  /** CNY: gifts, guards and super chats. */
  readonly price?: number;
}

export const STRANGER = "路过的观众";

/** A number for a name, the same each time. */
export function uidOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) % 900_000_007;
  return 100_000_000 + hash;
}

let serial = 0;
/** Digits, different each time. */
export const unique = () => `${Date.now()}${String(++serial).padStart(6, "0")}`;
