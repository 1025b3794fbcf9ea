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

const pause: Words = { en: "Back in a moment", zh: "马上回来" };

/** What hides the picture after the panic button: nothing that came from outside, and the PIN if there is one. */
export function coverContent({ pin = "" }: IdleScreen, language: Language): IdleContent {
  return {
    name: cleanText(pause[language]),
    address: cleanText(""),
    pin: cleanText(pin, { maxLength: 8 }),
    lines: [],
    ...qrCode(""),
  };
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
