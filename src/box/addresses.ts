import { BlockList, isIP, SocketAddress } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6. */
const privateNetworks = new BlockList();
for (const [network, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  privateNetworks.addSubnet(network, bits, "ipv4");
}
privateNetworks.addSubnet("fc00::", 7, "ipv6");
privateNetworks.addSubnet("fe80::", 10, "ipv6");

const within = (list: BlockList, address: string) => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
};

export function isLoopback(address: string): boolean {
  return within(loopback, address);
}

/** Loopback, link-local and private addresses, and "localhost"; no other name, as DNS may answer anything. */
export function isPrivateHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, "");
  return address === "localhost" || isLoopback(address) || within(privateNetworks, address);
}

/**
 * A numeric address as the system writes it: the shortest form, small letters, IPv4 without IPv6 around it. Undefined when it is none, or has a
 * zone (fe80::1%eth0): nothing else here knows zones.
 */
export function parseHost(text: string): string | undefined {
  const family = isIP(text);
  if (family === 0 || text.includes("%")) return undefined;
  if (family === 4) return text;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  return /^::ffff:([\d.]+)$/.exec(address)?.[1] ?? address;
}

/** "127.0.0.1:5004" or "[::1]:5004"; the host as `parseHost` gives it; undefined when it is neither. */
export function parseAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = parseHost(match?.[1] ?? match?.[2] ?? "");
  const port = Number(match?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** The one way to write an address and its port, as links name them; undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  const parsed = parseAddress(text);
  if (!parsed) return undefined;
  const { host, port } = parsed;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
