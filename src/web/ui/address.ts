const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** IPv6 in its shortest form; undefined when it is none. A zone (fe80::1%eth0) is none for the box. */
function ipv6Of(text: string): string | undefined {
  if (!text.includes(":") || !URL.canParse(`http://[${text}]/`)) return undefined;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** An address in numbers: the box asks no name server. */
export const isHost = (text: string) => ipv4.test(text) || ipv6Of(text) !== undefined;

/** The host of "127.0.0.1:5004" or "[::1]:5004"; undefined when the text is neither. */
export function hostOf(text: string): string | undefined {
  const [, six, four = "", port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  if (!(Number(port) >= 1 && Number(port) <= 65_535)) return undefined;
  const host = six ?? four;
  return isHost(host) ? host : undefined;
}

/** An address without its port: the likeliest mistake. */
export const lacksPort = (text: string) => isHost(text.replace(/^\[(.*)\]:?$|:$/, "$1"));

/** What an address is good for, as the box sees it (RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6). */
export function reachOf(host: string): "loopback" | "private" | "public" {
  const six = ipv6Of(host);
  // IPv4 in IPv6 is IPv4 (RFC 4291 §2.5.5.2).
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(six ?? "") ?? [];
  if (six !== undefined && high === undefined) {
    const first = Number.parseInt(six.split(":")[0] || "0", 16);
    if (six === "::1") return "loopback";
    return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 ? "private" : "public";
  }
  const bytes =
    high === undefined
      ? host.split(".").map(Number)
      : [high, low].flatMap((group) => [Number.parseInt(group!, 16) >> 8, Number.parseInt(group!, 16) & 255]);
  const [a = 0, b = 0] = bytes;
  if (a === 127) return "loopback";
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
  return isPrivate ? "private" : "public";
}
