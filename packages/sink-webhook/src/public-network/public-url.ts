import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Where HTTPS lives; 443 is shown as ''. Any other port of a public address may be open to nobody but us. */
const PORTS: ReadonlySet<string> = new Set(['', '8443'])

/** Names that are for the inside by agreement: RFC 6761, 6762, 8375, ICANN's `internal`. What any other leads to is checked later. */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|home\.arpa)$/

/**
 * Why a URL cannot lead to a public receiver, as far as its text tells; nothing if it may. It needs the URL as it was parsed: by
 * then an IPv4 address is in its one form, however it was written. It shows neither path, query nor credentials.
 */
export function publicUrlProblem(url: URL): string | undefined {
  if (url.protocol !== 'https:') return 'only https: is allowed to a public receiver'
  if (url.username || url.password) return 'there are credentials in it'
  if (!PORTS.has(url.port)) return 'only the ports 443 and 8443 are allowed to a public receiver'
  return hostProblem(url.hostname)
}

function hostProblem(hostname: string): string | undefined {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(literal)) return isPublicAddress(literal) ? undefined : `${hostname} is not a public address`
  const labels = hostname.split('.')
  if (labels.includes('')) return 'its host has an empty label, or ends with a dot'
  // The resolver would complete it with a domain of its own.
  if (labels.length === 1 || INSIDE.test(hostname)) return `${hostname} is not a public name`
  return undefined
}
