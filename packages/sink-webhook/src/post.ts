import type { Dispatcher } from 'undici'
import { RequestError } from './request-error.ts'

/** One request. The names of its headers are in lower case. */
export interface HttpRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The answer of a receiver. */
export interface HttpResponse {
  readonly status: number
  /** Missing unless it was requested, was read to its end, and is plain text. */
  readonly body?: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** How far a request without an answer came: it waited for a connection, it was sent, or an answer had begun. */
export type Progress = 'waiting' | 'sent' | 'answered'

export type Outcome = { readonly answer: HttpResponse } | { readonly error: unknown; readonly progress: Progress }

export interface PostOptions {
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  /** The time by `performance.now()` at which the request ends in any case. */
  readonly endsAt: number
  /** Ends the request at once, in any phase. */
  readonly signal: AbortSignal
  /** Waits for the body of the answer, which decides if the request is stored. */
  readonly readsBody: boolean
}

/** An answer with a result for each event of a batch, 10,000 at most, has some 200 bytes per event. */
const MAX_READ_BYTES = 4 << 20
/** The most bytes read of an ignored body, so that the connection can be kept; beyond it the connection is closed. */
const MAX_BODY_BYTES = 65_536
const MAX_BODY_MS = 1_000
/** A receiver may send a few interim answers (1xx), but not for ever. */
const MAX_INTERIM_ANSWERS = 32

/**
 * Sends one request and waits for its answer. Never rejects. An answer counts once its last header has come, whatever happens to its
 * body. Redirects are not followed, and nothing is decompressed.
 */
export function post(dispatcher: Dispatcher, request: HttpRequest, options: PostOptions): Promise<Outcome> {
  const { connectTimeoutMs, headersTimeoutMs, endsAt, signal, readsBody } = options
  const maxBodyBytes = readsBody ? MAX_READ_BYTES : MAX_BODY_BYTES
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let answer: HttpResponse | undefined
    let isSettled = false
    let progress: Progress = 'waiting'
    let interimAnswers = 0
    let bodyBytes = 0
    const chunks: Uint8Array[] = []
    let timer: NodeJS.Timeout | undefined

    const settle = (error?: unknown) => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      resolve(answer ? { answer } : { error, progress })
    }
    const stop = (reason?: unknown) => {
      settle(reason)
      controller?.abort(new RequestError('the request has ended'))
    }
    const abort = () => stop(signal.reason)
    const endAfter = (timeoutMs: number, missing: string) => {
      clearTimeout(timer)
      if (isSettled) return
      const leftMs = endsAt - performance.now()
      const why = leftMs < timeoutMs ? 'the try took too long' : `${missing} within ${timeoutMs} ms`
      timer = setTimeout(() => stop(new RequestError(why)), Math.min(timeoutMs, leftMs))
    }

    if (signal.aborted) return settle(signal.reason)
    signal.addEventListener('abort', abort)
    endAfter(connectTimeoutMs, 'no connection was made')
    dispatcher.dispatch(
      { path: request.path, method: 'POST', headers: request.headers as Record<string, string>, body: request.body },
      {
        onRequestStart(given) {
          controller = given
          // The request was cancelled while it waited for a connection.
          if (isSettled) given.abort(new RequestError('the request has ended'))
        },
        onRequestSent() {
          progress = 'sent'
          endAfter(headersTimeoutMs, 'no answer came')
        },
        onResponseStarted() {
          progress = 'answered'
        },
        onResponseStart(_controller, status, headers) {
          if (status < 200) {
            if (++interimAnswers > MAX_INTERIM_ANSWERS) stop(new RequestError('it sent interim answers too often'))
            return
          }
          answer = { status, headers }
          endAfter(readsBody ? headersTimeoutMs : MAX_BODY_MS, 'the answer did not end')
        },
        onResponseData(_controller, chunk) {
          bodyBytes += chunk.length
          if (bodyBytes > maxBodyBytes) return stop()
          if (readsBody) chunks.push(chunk)
        },
        onResponseEnd() {
          if (answer && readsBody && !isEncoded(answer)) answer = { ...answer, body: Buffer.concat(chunks).toString() }
          settle()
        },
        onResponseError: (_controller, error) => settle(error),
      },
    )
  })
}

/** The request accepts no encoding, so an encoded body is not decoded. */
function isEncoded({ headers }: HttpResponse): boolean {
  const encoding = headers['content-encoding']
  return encoding !== undefined && encoding !== 'identity'
}
