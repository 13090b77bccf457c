import { SinkError } from '@audit/core/sink'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector, errors } from 'undici'
import { isPublicAddress } from './public-address.ts'

/** What a name leads to: all of it. Rejects with the resolver's error. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>

export interface Address {
  readonly address: string
  readonly family: number
}

export type PublicConnectOptions = buildConnector.BuildOptions & {
  /** Ends every connection, and whatever is on the way to become one. */
  readonly signal?: AbortSignal
  /** Default: the system's resolver. */
  readonly resolve?: Resolve
  /** Default: `isPublicAddress`. */
  readonly isAllowed?: (address: string) => boolean
}

/**
 * For `connect` of an Undici client: opens TLS connections to public addresses alone. Each connection resolves its host anew, and
 * is opened to one of the addresses that were found, if all of them are public. What is not fails with a SinkError that parks; any
 * other failure, the DNS's included, may be retried. `timeout` is for all of it, default 10,000 ms.
 */
export function publicConnect(options: PublicConnectOptions = {}): buildConnector.connector {
  const { resolve = lookupAll, isAllowed = isPublicAddress, timeout, ...tls } = options
  const { signal } = tls
  const startTls = buildConnector({ ...tls, timeout: 0 })

  async function addressesOf(host: string): Promise<readonly Address[]> {
    // No resolver is asked about an address, so a check in there would not see it.
    const family = isIP(host)
    const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
    if (addresses.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' })
    // One that is not public among those that are is no mistake to work around, but an attempt.
    const refused = addresses.find(({ address }) => !isAllowed(address))
    if (refused) throw refusal(`${host} leads to an address that is not public`, refused.address)
    return addresses
  }

  async function open(target: buildConnector.Options, attempt: AbortSignal): Promise<Socket> {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
    if (target.protocol !== 'https:') throw refusal(`${host} is not reached over https`)
    const addresses = await unlessAborted(addressesOf(host), attempt)
    // A connection of our own below TLS, so that what it leads to is known before the first byte is sent.
    const socket = connectTcp({
      host,
      port: Number(target.port || 443),
      lookup: answerWith(addresses),
      autoSelectFamily: true,
      ...(target.localAddress && { localAddress: target.localAddress }),
      ...(signal && { signal }),
    })
    // What happens to it is told by TLS above it, or by its end.
    socket.on('error', () => {})
    try {
      await unlessAborted(once(socket, 'connect'), attempt)
      const { remoteAddress = '' } = socket
      if (!isAllowed(remoteAddress)) throw refusal(`The connection to ${host} leads to no public address`, remoteAddress)
      const secured = new Promise<Socket>((fulfil, reject) => {
        startTls({ ...target, httpSocket: socket }, (error, secure) => (secure ? fulfil(secure) : reject(error)))
      })
      return await unlessAborted(secured, attempt)
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  async function openInTime(target: buildConnector.Options): Promise<Socket> {
    const attempt = new AbortController()
    const stop = () => attempt.abort(signal?.reason)
    const timeoutMs = timeout ?? 10_000
    const late = () => attempt.abort(new errors.ConnectTimeoutError(`No connection to ${target.hostname} within ${timeoutMs} ms`))
    const timer = setTimeout(late, timeoutMs)
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    try {
      return await open(target, attempt.signal)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  const connect = callbackify(openInTime)
  return (target, callback) => connect(target, (error, socket) => (error ? callback(error, null) : callback(null, socket)))
}

function lookupAll(hostname: string): Promise<readonly Address[]> {
  return lookup(hostname, { all: true })
}

/** A lookup that knows the answer already, so that none is asked for a second time. */
function answerWith(addresses: readonly Address[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    if (all) callback(null, [...addresses])
    else callback(null, addresses[0]!.address, addresses[0]!.family)
  }
}

/** Settles as the promise does, or rejects with the signal's reason if that comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((fulfil, reject) => {
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
    promise.then(fulfil, reject).finally(() => signal.removeEventListener('abort', stop))
    if (signal.aborted) stop()
  })
}

/** The place that was found is for the operator alone: a message may reach whoever gave the URL, and tell what our DNS knows. */
function refusal(what: string, place?: string): SinkError {
  const cause = place === undefined ? undefined : new Error(`It leads to ${place || 'nowhere'}.`)
  return new SinkError(`${what}. With allow: 'public' nothing is sent there; check the url and its DNS.`, { parks: true, cause })
}
