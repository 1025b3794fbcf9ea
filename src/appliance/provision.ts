import { z } from "zod";
import { boxName } from "../box/config.ts";

/** What a person puts on the boot partition for a box without a cable: `provision.json`. */
const schema = z.strictObject({
  name: boxName.optional(),
  wifi: z
    .strictObject({
      ssid: z.string().refine((text) => {
        const bytes = Buffer.byteLength(text);
        return bytes >= 1 && bytes <= 32;
      }, "expected 1 to 32 bytes"),
      password: z.string().regex(/^[\x20-\x7e]{8,63}$/, "expected 8 to 63 letters, digits or signs"),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, "expected two capital letters, e.g. CN")
        .optional(),
    })
    .optional(),
  address: z
    .strictObject({
      ip: z.cidrv4(),
      gateway: z.ipv4().optional(),
      dns: z.array(z.ipv4()).max(3).default([]),
    })
    .optional(),
});

export type Provision = z.output<typeof schema>;

/** The text of a provision.json. Throws an Error with one line for each thing that is wrong. */
export function parseProvision(text: string): Provision {
  const result = schema.safeParse(JSON.parse(text.replace(/^\uFEFF/, "")));
  if (result.success) return result.data;
  throw new Error(
    result.error.issues.map((issue) => `provision.${issue.path.join(".")}: ${issue.message}`).join("\n"),
  );
}

/** systemd.network(5) for a fixed address; it stands before the one of the image, which asks DHCP. */
export function networkFile({ ip, gateway, dns }: NonNullable<Provision["address"]>): string {
  return [
    "[Match]",
    "Type=ether wlan",
    "",
    "[Link]",
    "RequiredForOnline=no",
    "",
    "[Network]",
    `Address=${ip}`,
    ...(gateway ? [`Gateway=${gateway}`] : []),
    ...dns.map((server) => `DNS=${server}`),
    "MulticastDNS=yes",
    "",
  ].join("\n");
}

/** iwd.network(5): the file's name and text. A name with other signs than these is written as hexadecimal. */
export function wifiFile({ ssid, password }: NonNullable<Provision["wifi"]>): { file: string; text: string } {
  const plain = /^[A-Za-z0-9_ -]+$/.test(ssid);
  const escaped = password.replaceAll("\\", "\\\\").replace(/^ /, "\\s");
  return {
    file: `${plain ? ssid : `=${Buffer.from(ssid).toString("hex")}`}.psk`,
    text: `[Security]\nPassphrase=${escaped}\n`,
  };
}

/** The host name for a box's name: what stands before `.local`. */
export function hostName(name: string): string {
  const label = name
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
  return label || "feimu";
}
