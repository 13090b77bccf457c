import { createHash } from 'node:crypto'
import { verifyWebhook } from '../../packages/webhook-signature/dist/index.js'
import type { AuditEvent } from '../../packages/core/dist/index.js'
import type { Entry } from '../harness/entries.ts'
import { atPace } from '../harness/pace.ts'

/** Five seconds more than a try may take: a request may wait in a buffer before it is read. */
const MAX_AGE_MS = atPace(20_000)
/** Two tries further apart than this cannot have the same second, even on a busy machine. */
const OTHER_SECOND_MS = atPace(1_100)
const MAX_PROBLEMS = 20

/** A received request. */
export interface ReceivedRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** One delivery with all of its tries. */
interface Delivery {
  readonly digest: string
  readonly signatures: Map<string, number>
  tries: number
  firstAt: number
  stored: number
}

/** A receiver's report; can be sent to another process. */
export interface ReceiverReport {
  readonly requests: number
  /** Number of distinct `webhook-id`s, of those that were tried more than once, and the most tries of one. */
  readonly deliveries: number
  readonly repeated: number
  readonly mostTries: number
  /** Ids of the stored entries, in the order of their first arrival. */
  readonly stored: readonly (readonly [n: number, id: string])[]
  /** Events that are duplicates even after repeated `webhook-id`s are removed. */
  readonly underTwoIds: number
  /** Events that were delivered again. */
  readonly duplicates: number
  /** From the moment of the event to its first arrival, in milliseconds, of each entry. */
  readonly delays: readonly number[]
  /** Problems of the requests: signatures, times, ids, order. */
  readonly problems: readonly string[]
}

/** Lists what a receiver got and stored, and checks each request as a careful receiver does. */
export class ReceiverLedger {
  secret: string
  /** The largest age of a timestamp. */
  maxAgeMs: number = MAX_AGE_MS
  readonly #deliveries = new Map<string, Delivery>()
  readonly #stored = new Map<string, { readonly n: number; readonly delivery: string }>()
  readonly #last = new Map<string, number>()
  readonly #problems: string[] = []
  readonly #delays: number[] = []
  #requests = 0
  #duplicates = 0
  #underTwoIds = 0

  constructor(secret: string) {
    this.secret = secret
  }

  get requests(): number {
    return this.#requests
  }

  get storedEvents(): number {
    return this.#stored.size
  }

  /** The receiver's secret signed it. */
  isGenuine({ headers, body }: ReceivedRequest): boolean {
    try {
      verifyWebhook({ headers, body }, this.secret)
      return true
    } catch {
      return false
    }
  }

  /** Notes a request, before its result is known. */
  note(request: ReceivedRequest): void {
    this.#requests++
    const { headers, body } = request
    const id = headers['webhook-id'] ?? ''
    const signature = headers['webhook-signature'] ?? ''
    const now = Date.now()
    if (!this.isGenuine(request)) this.#problem(`${id} is not signed with the receiver's secret`)
    const age = now - Number(headers['webhook-timestamp']) * 1_000
    if (!(Math.abs(age) <= this.maxAgeMs)) this.#problem(`${id}: its timestamp is ${age} ms old`)
    const digest = createHash('sha256').update(body).digest('base64')
    const delivery = this.#deliveries.get(id) ?? { digest, signatures: new Map(), tries: 0, firstAt: now, stored: 0 }
    this.#deliveries.set(id, delivery)
    delivery.tries++
    if (delivery.digest !== digest) this.#problem(`${id} came with another body`)
    const signedAt = delivery.signatures.get(signature) ?? now
    if (now - signedAt > OTHER_SECOND_MS) this.#problem(`${id}: a signature was repeated after ${now - signedAt} ms`)
    delivery.signatures.set(signature, signedAt)
  }

  /** Stores the events of a request, once for each `webhook-id`. */
  store({ headers, body }: ReceivedRequest): void {
    const id = headers['webhook-id'] ?? ''
    const isKnown = this.#deliveries.get(id)!.stored++ > 0
    for (const event of JSON.parse(body.toString()) as AuditEvent<Entry>[]) this.#keep(event, id, isKnown)
  }

  report(): ReceiverReport {
    const tries = Array.from(this.#deliveries.values(), (delivery) => delivery.tries)
    return {
      requests: this.#requests,
      deliveries: tries.length,
      repeated: tries.filter((count) => count > 1).length,
      mostTries: tries.reduce((most, count) => Math.max(most, count), 0),
      stored: [...this.#stored].flatMap(([id, { n }]) => (n < 0 ? [] : [[n, id] as const])),
      underTwoIds: this.#underTwoIds,
      duplicates: this.#duplicates,
      delays: this.#delays,
      problems: this.#problems,
    }
  }

  #keep(event: AuditEvent<Entry>, delivery: string, isKnown: boolean): void {
    const { id, source = '', sequence = -1, timestamp, type, payload } = event
    if (this.#stored.has(id)) {
      this.#duplicates++
      if (!isKnown) this.#underTwoIds++
      return
    }
    const last = this.#last.get(source) ?? -1
    if (sequence <= last) this.#problem(`${source} ${sequence} came after ${last}: out of order`)
    this.#last.set(source, Math.max(last, sequence))
    this.#stored.set(id, { n: type === 'entry' ? payload.n : -1, delivery })
    if (type === 'entry') this.#delays.push(Date.now() - Date.parse(timestamp))
  }

  #problem(text: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(text)
  }
}
