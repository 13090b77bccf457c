import { SinkError } from '@audit/core/sink'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { callbackify } from 'node:util'
import { buildConnector, errors } from 'undici'
import { isPublicAddress } from './public-address.ts'

/** Resolves a name to all its addresses. Rejects with the resolver's error. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>

export interface Address {
  readonly address: string
  readonly family: number
}

export type PublicConnectOptions = buildConnector.BuildOptions & {
  /** Ends every connection, including those being made. */
  readonly signal?: AbortSignal
  /** Default: the system's resolver. */
  readonly resolve?: Resolve
  /** Default: `isPublicAddress`. */
  readonly isAllowed?: (address: string) => boolean
}

/**
 * For `connect` of an Undici client: opens TLS connections to public addresses only. Each connection resolves its host again, and is
 * opened to one of the found addresses, if all of them are public. Otherwise it fails with a SinkError that parks; any other failure,
 * including DNS, is retryable. `timeout` covers everything, default 10,000 ms.
 */
export function publicConnect(options: PublicConnectOptions = {}): buildConnector.connector {
  const { resolve = lookupAll, isAllowed = isPublicAddress, timeout, ...tls } = options
  const { signal } = tls
  const startTls = buildConnector({ ...tls, timeout: 0 })

  async function addressesOf(host: string): Promise<readonly Address[]> {
    // The resolver is not called for an address, so a check in it would miss addresses.
    const family = isIP(host)
    const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
    if (addresses.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' })
    // A private address among public ones is an attack, not a mistake to tolerate.
    const refused = addresses.find(({ address }) => !isAllowed(address))
    if (refused) throw refusal(`${host} leads to an address that is not public`, refused.address)
    return addresses
  }

  async function open(target: buildConnector.Options, attempt: AbortSignal): Promise<Socket> {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
    if (target.protocol !== 'https:') throw refusal(`${host} is not reached over https`)
    const addresses = await unlessAborted(addressesOf(host), attempt)
    // Our own TCP connection below TLS, so that its address is checked before the first byte is sent.
    const socket = connectTcp({
      host,
      port: Number(target.port || 443),
      lookup: answerWith(addresses),
      autoSelectFamily: true,
      ...(target.localAddress && { localAddress: target.localAddress }),
      ...(signal && { signal }),
    })
    // TLS above it reports its errors.
    socket.on('error', () => {})
    try {
      await unlessAborted(once(socket, 'connect'), attempt)
      const { remoteAddress = '' } = socket
      if (!isAllowed(remoteAddress))
        throw refusal(`The connection to ${host} leads to an address that is not public`, remoteAddress)
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

/** A lookup that returns known addresses, so that the name is not resolved a second time. */
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

/** The address is only in the cause, for the operator: the message may reach the stranger who gave the URL. */
function refusal(what: string, place?: string): SinkError {
  const cause = place === undefined ? undefined : new Error(`It leads to ${place || 'nowhere'}.`)
  return new SinkError(`${what}. With allow: 'public' nothing is sent there; check the url and its DNS.`, { parks: true, cause })
}
