import { buildConnector, Pool } from 'undici'
import type { SecureContext } from 'node:tls'
import { post, type Answer, type Outcome, type Post } from './post.ts'
import { publicConnect } from './public-network/public-connect.ts'
import { inSmallReads } from './small-reads.ts'
import { RequestError } from './request-error.ts'

export interface ConnectionOptions {
  readonly url: URL
  readonly secureContext?: SecureContext | undefined
  readonly serverName?: string | undefined
  readonly allow: 'any' | 'public'
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly timeoutMs: number
}

/** Undici's and the system's words for a connection that the other side ended. */
const ENDED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * One connection to a receiver, kept alive between requests and made anew when it is gone. Proxies of the environment are not
 * used.
 */
export class Connection {
  readonly #options: ConnectionOptions
  #pool: Pool | undefined
  #sockets = new AbortController()
  #connects = 0
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /**
   * Sends a request and resolves to its answer, or rejects with why there is none: always within `timeoutMs`, and at once when
   * `signal` aborts. A request may be made, and sent, twice; `make` makes each with its own time and signature.
   */
  async post(make: () => Post, signal: AbortSignal): Promise<Answer> {
    const endsAt = performance.now() + this.#options.timeoutMs
    const connects = this.#connects
    let outcome = await this.#post(make(), endsAt, signal)
    if (connects === this.#connects && !this.#isClosed && isStale(outcome)) outcome = await this.#post(make(), endsAt, signal)
    if ('answer' in outcome) return outcome.answer
    throw outcome.error
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#drop()
  }

  async #drop(): Promise<void> {
    const pool = this.#pool
    this.#pool = undefined
    this.#sockets.abort()
    this.#sockets = new AbortController()
    await pool?.destroy()
  }

  async #post(request: Post, endsAt: number, signal: AbortSignal): Promise<Outcome> {
    const { connectTimeoutMs, headersTimeoutMs } = this.#options
    this.#pool ??= this.#open()
    const outcome = await post(this.#pool, request, { connectTimeoutMs, headersTimeoutMs, endsAt, signal })
    // Whatever was given up must not be sent later, by a connection that comes up when nobody waits for it any more.
    if ('error' in outcome && (signal.aborted || outcome.error instanceof RequestError)) this.#drop().catch(() => undefined)
    return outcome
  }

  #open(): Pool {
    const { url, allow, secureContext, serverName, connectTimeoutMs: timeout } = this.#options
    const connect = (allow === 'public' ? publicConnect : buildConnector)({
      timeout,
      // One request at a time gains nothing from HTTP/2, and a hostile receiver gains ways to keep us busy.
      allowH2: false,
      signal: this.#sockets.signal,
      // Said outright, so that no variable of the environment turns the check off.
      rejectUnauthorized: true,
      ...(secureContext && { secureContext }),
      ...(serverName !== undefined && { servername: serverName }),
    })
    // The deadlines are our own: Undici's have half a second of play, and start anew with each interim answer.
    const deadlines = { headersTimeout: 0, bodyTimeout: 0 }
    const pool = new Pool(url.origin, { connections: 1, connect: inSmallReads(connect), ...deadlines, allowH2: false })
    pool.on('connect', () => void this.#connects++)
    return pool
  }
}

/**
 * On a connection that was there before, an end without a byte of an answer means as a rule that the receiver had closed it while
 * it was idle. Should it have read the request after all, it knows the second by its id.
 */
function isStale(outcome: Outcome): boolean {
  if ('answer' in outcome || outcome.progress !== 'sent') return false
  const code = (outcome.error as { code?: unknown } | null)?.code
  return typeof code === 'string' && ENDED.has(code)
}
