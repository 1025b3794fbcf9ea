import { createHash, createHmac } from "node:crypto";

export interface Signer {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** The headers of a call: six that are signed, and the signature. `timeS`: Unix seconds. */
export function signedHeaders(
  body: string,
  { accessKeyId, accessKeySecret }: Signer,
  nonce: string,
  timeS: number,
): Record<string, string> {
  const signed = {
    "x-bili-accesskeyid": accessKeyId,
    "x-bili-content-md5": createHash("md5").update(body).digest("hex"),
    "x-bili-signature-method": "HMAC-SHA256",
    "x-bili-signature-nonce": nonce,
    "x-bili-signature-version": "1.0",
    "x-bili-timestamp": String(timeS),
  };
  // Their names are in order already.
  const text = Object.entries(signed)
    .map(([name, value]) => `${name}:${value}`)
    .join("\n");
  const authorization = createHmac("sha256", accessKeySecret).update(text).digest("hex");
  return { ...signed, authorization };
}
