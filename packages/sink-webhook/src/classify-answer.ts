import { SinkError } from '@audit/core/sink'
import type { HttpResponse } from './post.ts'
import { retryAfterMs } from './retry-after.ts'

/** Answers that concern the sink, not an event: a person has to change something. */
const parking: Readonly<Record<number, string>> = {
  401: 'Check the secret, or the Authorization header.',
  404: 'Check the path of the url.',
  405: 'The receiver does not accept POST there; check the path of the url.',
  407: 'A proxy in between asks for credentials.',
  410: 'The receiver is gone for good; give another url, or remove the sink.',
}

/** Client errors that a retry may solve. */
const passing: Readonly<Record<number, string>> = {
  408: 'The receiver waited too long for the request.',
  425: 'The receiver asks to send it later.',
  429: 'The receiver gets more requests than it accepts.',
}

/** Returns undefined if the answer means stored, else the reason why not. Total; `now` is for a Retry-After date. */
export function classifyAnswer({ status, headers }: HttpResponse, url: URL, now: number): SinkError | undefined {
  if (status >= 200 && status <= 299) return undefined
  const text = `${url.host} answered ${status}.`
  if (status >= 300 && status <= 399) return new SinkError(`${text} ${redirection(headers['location'], url)}`, { parks: true })
  const advice = parking[status]
  if (advice !== undefined) return new SinkError(`${text} ${advice}`, { parks: true })
  if (status === 413) return new SinkError(`${text} The request is too large for the receiver.`, { retryable: false })
  // Usually a rule about the sender: then everything is refused and the sink is parked. But a firewall may refuse the text of one event.
  if (status === 403) return new SinkError(`${text} Check the secret, or what the receiver allows.`, { retryable: false })
  if (status >= 400 && status <= 499 && passing[status] === undefined) {
    return new SinkError(`${text} The receiver refuses the request.`, { retryable: false })
  }
  const wait = retryAfterMs(headers['retry-after'], now)
  const why =
    passing[status] ?? (status >= 500 && status <= 599 ? "See the receiver's logs." : 'This is not a final status of HTTP.')
  return new SinkError(`${text} ${why}`, wait === undefined ? {} : { retryAfterMs: wait })
}

/** Describes the target of a redirection without its path, which may be secret. */
function redirection(location: string | string[] | undefined, from: URL): string {
  const text = Array.isArray(location) ? location[0] : location
  const to = text === undefined ? undefined : URL.parse(text, from.origin)
  if (!to || !/^https?:$/.test(to.protocol)) return 'Redirects are not followed; give the url of the receiver itself.'
  const place = to.origin === from.origin ? 'another path of the same host' : `${to.protocol}//${to.host}`
  return `It redirects to ${place}. Redirects are not followed; give that url if it is right.`
}
