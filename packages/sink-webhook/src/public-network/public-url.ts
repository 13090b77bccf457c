import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** The ports for HTTPS; 443 is shown as ''. Another port of a public address may be open to our machines only. */
const PORTS: ReadonlySet<string> = new Set(['', '8443'])

/** Names reserved for internal use: RFC 6761, 6762, 8375, ICANN's `internal`. The addresses of other names are checked later. */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|home\.arpa)$/

/**
 * Returns the reason why a URL cannot lead to a public receiver, judged by its text alone; undefined if it may. Needs the parsed
 * URL, in which an IPv4 address has its one normal form. Shows neither path, query nor credentials.
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
  // The resolver would add a domain to it.
  if (labels.length === 1 || INSIDE.test(hostname)) return `${hostname} is not a public name`
  return undefined
}
