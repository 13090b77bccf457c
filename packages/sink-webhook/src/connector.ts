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

/** Makes connections, any of which can be given up while it is being made. */
export class Connector {
  readonly #options: ConnectorOptions
  readonly #attempts = new Set<AbortController>()

  constructor(options: ConnectorOptions) {
    this.#options = options
  }

  readonly connect: buildConnector.connector = (target, callback) => {
    // One of its own: a socket listens to its signal until that is forgotten, and would be kept as long.
    const attempt = new AbortController()
    this.#attempts.add(attempt)
    inSmallReads(this.#build(attempt.signal))(target, (...result) => {
      this.#attempts.delete(attempt)
      callback(...result)
    })
  }

  /** Ends the connections that are being made. */
  giveUp(): void {
    for (const attempt of this.#attempts) attempt.abort()
  }

  #build(signal: AbortSignal): buildConnector.connector {
    const { allow, secureContext, serverName, connectTimeoutMs: timeout } = this.#options
    return (allow === 'public' ? publicConnect : buildConnector)({
      timeout,
      signal,
      // One request at a time gains nothing from HTTP/2, and a hostile receiver gains ways to keep us busy.
      allowH2: false,
      // Said outright, so that no variable of the environment turns the check off.
      rejectUnauthorized: true,
      ...(secureContext && { secureContext }),
      ...(serverName !== undefined && { servername: serverName }),
    })
  }
}
