import { randomUUID } from 'node:crypto'
import { webhookSigner } from '../../../packages/webhook-signature/dist/index.js'
import { SinkError, type Sink } from '../../../packages/core/dist/index.js'

/**
 * Safety steps that it leaves out. `deaf`: every batch counts as stored. `new-ids`: each try has an id of its
 * own. `old-time`: a repeated try has the time and the signature of the first. `patient`: it waits for an answer, and its
 * end, without a limit. `deaf-to-waits`: it ignores Retry-After.
 */
export type Naivety = 'deaf' | 'new-ids' | 'old-time' | 'patient' | 'deaf-to-waits'

export const naiveties: readonly Naivety[] = ['deaf', 'new-ids', 'old-time', 'patient', 'deaf-to-waits']

export function naivetyOf(control: string | undefined): Naivety | undefined {
  return naiveties.find((known) => known === control)
}

export interface NaiveWebhookOptions {
  readonly name: string
  readonly url: string
  readonly secret: string
  readonly naivety: Naivety
}

/** A sink that someone writes in ten minutes around `fetch`, to show that a harness finds its faults. */
export function naiveWebhook({ name, url, secret, naivety }: NaiveWebhookOptions): Sink {
  const signer = webhookSigner(secret)
  const first = new Map<string, number>()
  return {
    name,
    async write(batch, { signal }) {
      const { lines, events } = batch
      const id = naivety === 'new-ids' ? randomUUID() : `${events[0]!.id}_${events.at(-1)!.id}_${events.length}`
      const now = Math.floor(Date.now() / 1_000)
      const timestamp = naivety === 'old-time' ? (first.get(id) ?? now) : now
      first.set(id, timestamp)
      const body = `[${lines.join(',')}]`
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signer.sign({ id, timestamp, body }),
      }
      const request = {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: naivety === 'patient' ? null : signal,
      } as const
      const response = await fetch(url, request).catch((error: unknown) => {
        if (naivety !== 'deaf') throw error
        return undefined
      })
      if (!response) return
      if (naivety === 'patient') await response.body?.pipeTo(new WritableStream())
      else await response.body?.cancel()
      if (response.ok || naivety === 'deaf') return
      const wait = Number(response.headers.get('retry-after') ?? NaN) * 1_000
      const isWaiting = naivety !== 'deaf-to-waits' && wait > 0
      throw new SinkError(`It answered ${response.status}.`, {
        ...(isWaiting && { retryAfterMs: wait }),
        ...([401, 403, 404, 307].includes(response.status) && { parks: true }),
      })
    },
  }
}
