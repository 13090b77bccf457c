import { SinkError } from '@audit/core/sink'
import type { Answer } from './post.ts'
import { retryAfterMs } from './retry-after.ts'

/** Answers that are about the sink, not about what it brings: a person has to change something. */
const parking: Readonly<Record<number, string>> = {
  401: 'Check the secret, or the Authorization header.',
  404: 'Check the path of the url.',
  405: 'The receiver takes no POST there; check the path of the url.',
  407: 'A proxy in between asks for credentials.',
  410: 'The receiver is gone for good; give another url, or remove the sink.',
}

/** Client errors that pass by themselves. */
const passing: Readonly<Record<number, string>> = {
  408: 'It waited too long for the request.',
  425: 'It is too early for it.',
  429: 'It gets more than it takes.',
}

/** Nothing if the answer means that the request is stored; otherwise why it is not. Total; `now` is for a Retry-After date. */
export function classifyAnswer({ status, headers }: Answer, url: URL, now: number): SinkError | undefined {
  if (status >= 200 && status <= 299) return undefined
  const text = `${url.host} answered ${status}.`
  if (status >= 300 && status <= 399) return new SinkError(`${text} ${redirection(headers['location'], url)}`, { parks: true })
  const advice = parking[status]
  if (advice !== undefined) return new SinkError(`${text} ${advice}`, { parks: true })
  if (status === 413) return new SinkError(`${text} The request is too large for it.`, { retryable: false })
  // As a rule about us, and then all is refused and the sink is parked. But a firewall may dislike the text of one event alone.
  if (status === 403) return new SinkError(`${text} Check the secret, or what the receiver allows.`, { retryable: false })
  if (status >= 400 && status <= 499 && passing[status] === undefined) {
    return new SinkError(`${text} It refuses what it was sent.`, { retryable: false })
  }
  const wait = retryAfterMs(headers['retry-after'], now)
  const why = passing[status] ?? (status >= 500 && status <= 599 ? 'Its own logs say why.' : 'HTTP knows no such final answer.')
  return new SinkError(`${text} ${why}`, wait === undefined ? {} : { retryAfterMs: wait })
}

/** The place without its path, which may be secret. */
function redirection(location: string | string[] | undefined, from: URL): string {
  const text = Array.isArray(location) ? location[0] : location
  const to = text === undefined ? undefined : URL.parse(text, from.origin)
  if (!to || !/^https?:$/.test(to.protocol)) return 'Redirects are not followed; give the url of the receiver itself.'
  const place = to.origin === from.origin ? 'another path of the same host' : `${to.protocol}//${to.host}`
  return `It redirects to ${place}. Redirects are not followed; give that url if it is right.`
}
