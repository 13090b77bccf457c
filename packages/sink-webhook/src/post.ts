import type { Dispatcher } from 'undici'
import { RequestError } from './request-error.ts'

/** One request. The names of its headers are in lower case. */
export interface Post {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The receiver's answer. */
export interface Answer {
  readonly status: number
  /** Left out unless it was requested, was read to its end, and is plain text. */
  readonly body?: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** How far a request came that got no answer: it waits for a connection, it was sent, or an answer had begun. */
export type Progress = 'waiting' | 'sent' | 'answered'

export type Outcome = { readonly answer: Answer } | { readonly error: unknown; readonly progress: Progress }

export interface PostOptions {
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  /** When, by `performance.now()`, the request ends in any case. */
  readonly endsAt: number
  /** Ends the request at once, wherever it is. */
  readonly signal: AbortSignal
  /** Waits for the body of the answer, which decides if the request is stored. */
  readonly readsBody: boolean
}

/** An answer with a result for each event of a batch, 10,000 at most, has some 200 bytes per event. */
const MAX_READ_BYTES = 4 << 20
/** So much of an answer's body is read that a decent receiver's connection can be kept; beyond it the connection is closed. */
const MAX_BODY_BYTES = 65_536
const MAX_BODY_MS = 1_000
/** A receiver may say "still here" a few times; not for ever. */
const MAX_INTERIM_ANSWERS = 32

/**
 * Sends one request and waits for its answer. Never rejects. An answer counts from its last header on, whatever
 * happens to its body. Redirects are not followed, and nothing is decompressed.
 */
export function post(dispatcher: Dispatcher, request: Post, options: PostOptions): Promise<Outcome> {
  const { connectTimeoutMs, headersTimeoutMs, endsAt, signal, readsBody } = options
  const maxBodyBytes = readsBody ? MAX_READ_BYTES : MAX_BODY_BYTES
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let answer: Answer | undefined
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
          // It was given up while it waited for a connection.
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
            if (++interimAnswers > MAX_INTERIM_ANSWERS) stop(new RequestError('it said "not yet" too often'))
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

/** The request asks for no encoding, and no encoding is decoded. */
function isEncoded({ headers }: Answer): boolean {
  const encoding = headers['content-encoding']
  return encoding !== undefined && encoding !== 'identity'
}
