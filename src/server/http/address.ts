/**
 * Where a request comes from, as far as limits are concerned: an IPv4 address, or the network of 64 bits that an IPv6 address
 * belongs to, since whoever has one of its addresses has all.
 *
 * @param remote - What the connection says.
 * @param forwarded - The header `x-forwarded-for` where a proxy of ours sets it: its last entry is what that proxy has seen.
 */
export function networkOf(remote: string | undefined, forwarded?: string): string {
  const address = (forwarded?.split(",").at(-1)?.trim() || remote || "").slice(0, LONGEST_ADDRESS);
  if (address.startsWith("::ffff:")) return address.slice("::ffff:".length);
  if (!address.includes(":")) return address;
  const [before = "", after] = address.split("::");
  const groups = [partsOf(before), partsOf(after ?? "")] as const;
  const missing = Array.from({ length: Math.max(0, 8 - groups[0].length - groups[1].length) }, () => "0");
  return [...groups[0], ...(after === undefined ? [] : missing), ...groups[1]].slice(0, 4).join(":");
}

const LONGEST_ADDRESS = 64;

function partsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}
