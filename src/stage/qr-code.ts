import qrcode from "qrcode-generator";

export interface QrCode {
  /** Modules a side; 0: none. */
  readonly qrSize: number;
  /** qrSize × qrSize bytes, 1 is dark. */
  readonly qrModules: Buffer;
}

export const noQrCode: QrCode = { qrSize: 0, qrModules: Buffer.alloc(0) };
/** What the smaller form can hold: capitals, digits and these (ISO/IEC 18004). */
const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]*$/;

/** The code of an address; none for an empty one. */
export function qrCode(address: string): QrCode {
  if (!address) return noQrCode;
  // 0: the smallest version that holds it. M: read also when a part is covered or glares.
  const qr = qrcode(0, "M");
  qr.addData(address, ALPHANUMERIC.test(address) ? "Alphanumeric" : "Byte");
  qr.make();
  const qrSize = qr.getModuleCount();
  const modules = Array.from({ length: qrSize * qrSize }, (_, at) =>
    qr.isDark(Math.floor(at / qrSize), at % qrSize) ? 1 : 0,
  );
  return { qrSize, qrModules: Buffer.from(modules) };
}
