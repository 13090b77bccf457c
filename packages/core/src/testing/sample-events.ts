import { createBatch, type Batch } from '../event/batch.ts'
import { encodeEvent } from '../event/encode.ts'
import { createStamp } from '../event/stamp.ts'
import { systemClock } from '../clock.ts'
import type { AuditEvent, EncodedEvent } from '../event/event.ts'

const stamp = createStamp(systemClock)

/** Returns an event as an application would record it, with `changes` applied. */
export function sampleEvent(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    version: '1.0',
    type: 'flag',
    action: 'created',
    metadata: { actor: { authentication: 'token', id: 'u_1', ip: '192.0.2.1' } },
    payload: { key: 'flipt', enabled: true },
    timestamp: stamp.timestamp(),
    id: stamp.id(),
    status: 'success',
    ...changes,
  }
}

/** Returns the event as a journal gets it from the writer loop. */
export function sampleEncoded(changes: Partial<AuditEvent> = {}): EncodedEvent {
  return encodeEvent(sampleEvent(changes), 1 << 20)
}

/** Returns a batch of `count` events as a journal gives it to a sink, with `changes` by index. */
export function sampleBatch(count: number, changes: (index: number) => Partial<AuditEvent> = () => ({})): Batch {
  return createBatch(
    Array.from({ length: count }, (_, sequence) => {
      const line = `${sampleEncoded(changes(sequence)).head},"source":"kit/host/00000000","sequence":${sequence}}`
      return { line, byteLength: Buffer.byteLength(line) + 1, end: sequence + 1 }
    }),
  )
}
