import qrcode from "qrcode-generator";
import { cleanText } from "../clean/clean-text.ts";
import type { IdleContent } from "./addon.ts";

/** feimu.v1.IdleScreen as it came: texts are cleaned here once more, as here they become glyphs. */
export interface IdleScreen {
  readonly name?: string;
  readonly address?: string;
  readonly pin?: string;
  readonly lines?: readonly string[];
}

/** The code of the page's address; none without an address. */
function code(address: string): Pick<IdleContent, "qrSize" | "qrModules"> {
  if (!address) return { qrSize: 0, qrModules: Buffer.alloc(0) };
  // 0: the smallest version that holds it. M: read also when a part is covered or glares.
  const qr = qrcode(0, "M");
  qr.addData(address);
  qr.make();
  const qrSize = qr.getModuleCount();
  const modules = Array.from({ length: qrSize * qrSize }, (_, at) =>
    qr.isDark(Math.floor(at / qrSize), at % qrSize) ? 1 : 0,
  );
  return { qrSize, qrModules: Buffer.from(modules) };
}

export function idleContent({ name, address, pin, lines }: IdleScreen): IdleContent {
  const shownAddress = cleanText(address ?? "", { maxLength: 80 });
  return {
    name: cleanText(name ?? "", { maxLength: 32 }),
    address: shownAddress,
    pin: cleanText(pin ?? "", { maxLength: 8 }),
    lines: (lines ?? []).slice(0, 6).map((line) => cleanText(line, { maxLength: 60 })),
    ...code(shownAddress),
  };
}
