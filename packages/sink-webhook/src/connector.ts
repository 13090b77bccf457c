import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { publicConnect } from './public-network/public-connect.ts'
import { inSmallReads } from './small-reads.ts'

export interface ConnectorOptions {
  readonly secureContext?: SecureContext | undefined
  readonly serverName?: string | undefined
  readonly allow: 'any' | 'public'
  readonly connectTimeoutMs: number
}

/** Makes connections. Each can be cancelled while it is being made. */
export class Connector {
  readonly #options: ConnectorOptions
  readonly #attempts = new Set<AbortController>()

  constructor(options: ConnectorOptions) {
    this.#options = options
  }

  readonly connect: buildConnector.connector = (target, callback) => {
    // One controller per connection: a socket listens to its signal until collected, and a shared signal would keep them all.
    const attempt = new AbortController()
    this.#attempts.add(attempt)
    inSmallReads(this.#build(attempt.signal))(target, (...result) => {
      this.#attempts.delete(attempt)
      callback(...result)
    })
  }

  /** Cancels the connections that are being made. */
  giveUp(): void {
    for (const attempt of this.#attempts) attempt.abort()
  }

  #build(signal: AbortSignal): buildConnector.connector {
    const { allow, secureContext, serverName, connectTimeoutMs: timeout } = this.#options
    return (allow === 'public' ? publicConnect : buildConnector)({
      timeout,
      signal,
      // HTTP/2 gains nothing for one request at a time, and gives a hostile receiver ways to keep us busy.
      allowH2: false,
      // Explicit, so that no environment variable turns the check off.
      rejectUnauthorized: true,
      ...(secureContext && { secureContext }),
      ...(serverName !== undefined && { servername: serverName }),
    })
  }
}
