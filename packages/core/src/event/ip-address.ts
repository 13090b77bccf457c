/** The longest text of an IPv6 address, with an IPv4 address at its end. */
const MAX_LENGTH = 45
/** `::ffff:192.0.2.1`, also with its zeros written out. */
const MAPPED_DOTTED = /^(?:::|(?:0{1,4}:){5})ffff:((?:\d{1,3}\.){3}\d{1,3})$/i
/** The same in hexadecimal: `::ffff:c000:201`. */
const MAPPED_HEX = /^(?:::|(?:0{1,4}:){5})ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i

/**
 * Returns an address in its one form: an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) becomes IPv4. A dual-stack socket reports
 * one client in either form. Any other text is returned as it is.
 */
export function unmappedAddress(address: string): string {
  if (address.length > MAX_LENGTH || !address.includes(':')) return address
  const dotted = MAPPED_DOTTED.exec(address)
  if (dotted) return dotted[1]!
  const [, high, low] = MAPPED_HEX.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [first >> 8, first & 0xff, second >> 8, second & 0xff].join('.')
}
