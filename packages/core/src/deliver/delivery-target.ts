import type { BatchLimits } from '../event/batch.ts'
import type { EventHeader } from '../event/event.ts'
import type { Sink } from '../sink/sink.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** A sink and how to deliver to it. */
export interface DeliveryTarget {
  readonly name: string
  readonly sink: Sink
  readonly wants: (event: EventHeader) => boolean
  readonly batch: BatchLimits
  readonly retry: RetryPolicy
  readonly from: 'now' | 'oldest'
  readonly maxLagBytes: number
}
