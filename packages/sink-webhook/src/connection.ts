import { Pool } from 'undici'
import { Connector, type ConnectorOptions } from './connector.ts'
import { post, type HttpResponse, type Outcome, type HttpRequest } from './post.ts'
import { RequestError } from './request-error.ts'

export interface ConnectionOptions extends ConnectorOptions {
  readonly url: URL
  readonly headersTimeoutMs: number
  readonly timeoutMs: number
  /** The body of an answer decides if the request is stored. */
  readonly readsBody: boolean
}

/** The error codes of Undici and the system for a connection that the other side ended. */
const ENDED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** One connection to a receiver, kept alive between requests and opened again when it is gone. Ignores proxies of the environment. */
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
   * Sends a request and resolves with its answer, or rejects with the reason if there is no answer: always within `timeoutMs`, and at
   * once when `signal` aborts. May make and send a request twice; `make` makes each with its own time and signature.
   */
  async post(make: () => HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const endsAt = performance.now() + this.#options.timeoutMs
    const connects = this.#connects
    let outcome = await this.#post(make(), endsAt, signal)
    if (connects === this.#connects && !this.#isClosed && isStale(outcome)) outcome = await this.#post(make(), endsAt, signal)
    if ('answer' in outcome) return outcome.answer
    throw outcome.error
  }

  /** Ends the requests in progress. */
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

  async #post(request: HttpRequest, endsAt: number, signal: AbortSignal): Promise<Outcome> {
    const { connectTimeoutMs, headersTimeoutMs, readsBody } = this.#options
    this.#pool ??= this.#open()
    const outcome = await post(this.#pool, request, { connectTimeoutMs, headersTimeoutMs, endsAt, signal, readsBody })
    // An abandoned request must not be sent later by a connection that was still being made.
    if ('error' in outcome && (signal.aborted || outcome.error instanceof RequestError)) this.#drop().catch(() => undefined)
    return outcome
  }

  #open(): Pool {
    // The deadlines are our own: Undici's are inexact by half a second, and start again with each interim answer.
    const deadlines = { headersTimeout: 0, bodyTimeout: 0 }
    const { connect } = this.#connector
    const pool = new Pool(this.#options.url.origin, { connections: 1, connect, ...deadlines, allowH2: false })
    pool.on('connect', () => void this.#connects++)
    return pool
  }
}

/**
 * True if a kept connection ended without a byte of an answer: usually the receiver had closed it while it was idle. If the receiver
 * read the request after all, it recognises the second one by its id.
 */
function isStale(outcome: Outcome): boolean {
  if ('answer' in outcome || outcome.progress !== 'sent') return false
  const code = (outcome.error as { code?: unknown } | null)?.code
  return typeof code === 'string' && ENDED.has(code)
}
