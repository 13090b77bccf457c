import { Pool } from 'undici'
import { Connector, type ConnectorOptions } from './connector.ts'
import { post, type Answer, type Outcome, type Post } from './post.ts'
import { RequestError } from './request-error.ts'

export interface ConnectionOptions extends ConnectorOptions {
  readonly url: URL
  readonly headersTimeoutMs: number
  readonly timeoutMs: number
  /** The body of an answer decides if the request is stored. */
  readonly readsBody: boolean
}

/** Undici's and the system's words for a connection that the other side ended. */
const ENDED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * One connection to a receiver, kept alive between requests and made anew when it is gone. Proxies of the environment are not
 * used.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #connector: Connector
  #pool: Pool | undefined
  #connects = 0
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#connector = new Connector(options)
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
    this.#connector.giveUp()
    await pool?.destroy()
  }

  async #post(request: Post, endsAt: number, signal: AbortSignal): Promise<Outcome> {
    const { connectTimeoutMs, headersTimeoutMs, readsBody } = this.#options
    this.#pool ??= this.#open()
    const outcome = await post(this.#pool, request, { connectTimeoutMs, headersTimeoutMs, endsAt, signal, readsBody })
    // Whatever was given up must not be sent later, by a connection that comes up when nobody waits for it any more.
    if ('error' in outcome && (signal.aborted || outcome.error instanceof RequestError)) this.#drop().catch(() => undefined)
    return outcome
  }

  #open(): Pool {
    // The deadlines are our own: Undici's have half a second of play, and start anew with each interim answer.
    const deadlines = { headersTimeout: 0, bodyTimeout: 0 }
    const { connect } = this.#connector
    const pool = new Pool(this.#options.url.origin, { connections: 1, connect, ...deadlines, allowH2: false })
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
