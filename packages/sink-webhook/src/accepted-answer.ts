import { SinkError } from '@audit/core/sink'
import type { HttpResponse } from './post.ts'

/**
 * Judges the body of an answer, parsed if it is JSON, else as text. `true`: everything is stored. `false`: nothing is stored and a
 * retry is useless, as after a 400. `'later'`: nothing is stored, try again. A list: these events of the request, counted from 0,
 * are refused for good and all others are stored. `any`, so that a function may name the type that its receiver answers.
 */
export type Accepts = (body: any) => boolean | 'later' | readonly number[]

/** Endpoints that may answer 200 and still refuse events, by the end of their path, and an `accepts` for each. */
const refusingInside: readonly (readonly [end: string, advice: string])[] = [
  ['/_bulk', 'accepts: (body) => body.errors === false'],
  ['/v1/logs', 'accepts: (body) => !Number(body.partialSuccess?.rejectedLogRecords)'],
]

/** Reason why the URL needs `accepts`, or undefined. */
export function acceptsProblem(url: URL): string | undefined {
  const path = decoded(url.pathname).replace(/\/+$/, '').toLowerCase()
  const [end, advice] = refusingInside.find(([ending]) => path.endsWith(ending)) ?? []
  if (end === undefined) return undefined
  return `accepts: an endpoint ${end} answers 200 to events that it refuses; give a function that reads its answer, such as ${advice}`
}

/**
 * Returns undefined if the body of a 2xx answer shows that the request is stored; otherwise the reason why it is not. Total,
 * whatever `accepts` does.
 */
export function classifyBody({ body }: HttpResponse, accepts: Accepts, host: string): SinkError | undefined {
  // A retry may send twice, which is better than a loss.
  if (body === undefined) return new SinkError(`The answer of ${host} could not be read to its end, so 'accepts' was not called.`)
  let verdict: unknown
  try {
    verdict = accepts(parsed(body))
  } catch (error) {
    return new SinkError(`'accepts' threw an error for the answer of ${host}.`, { cause: error })
  }
  if (verdict === true) return undefined
  if (verdict === false) return new SinkError(`${host} answered 2xx, but its body refuses the events.`, { retryable: false })
  if (verdict === 'later') return new SinkError(`${host} answered 2xx, but its body asks to try again.`)
  if (!isIndexes(verdict)) return new SinkError(`'accepts' must return true, false, 'later' or a list of indexes.`)
  if (verdict.length === 0) return undefined
  return new SinkError(`${host} answered 2xx, but its body refuses ${verdict.length} events.`, { refused: verdict })
}

function isIndexes(verdict: unknown): verdict is readonly number[] {
  return Array.isArray(verdict) && verdict.every((index) => Number.isSafeInteger(index) && index >= 0)
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
