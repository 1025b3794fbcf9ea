import type { Language, Words } from "../catalogue/states.ts";
import { cleanText } from "../clean/clean-text.ts";
import type { IdleContent } from "./addon.ts";
import { qrCode } from "./qr-code.ts";

/** feimu.v1.IdleScreen as it came: texts are cleaned here once more, as here they become glyphs. */
export interface IdleScreen {
  readonly name?: string;
  readonly address?: string;
  readonly pin?: string;
  readonly lines?: readonly string[];
  readonly guestAddress?: string;
}

export const invitation: Words = { en: "Scan to comment", zh: "扫码发弹幕" };

/** Guests get the code, unless the operator needs it. */
export function idleContent(screen: IdleScreen, language: Language): IdleContent {
  const { name = "", address = "", pin = "", lines = [], guestAddress = "" } = screen;
  const invited = guestAddress !== "" && pin === "";
  const shownAddress = cleanText(address, { maxLength: 80 });
  return {
    name: cleanText(name, { maxLength: 32 }),
    address: shownAddress,
    pin: cleanText(pin, { maxLength: 8 }),
    lines: [...(invited ? [invitation[language]] : []), ...lines]
      .slice(0, 6)
      .map((line) => cleanText(line, { maxLength: 60 })),
    ...qrCode(invited ? cleanText(guestAddress, { maxLength: 80 }) : shownAddress),
  };
}
