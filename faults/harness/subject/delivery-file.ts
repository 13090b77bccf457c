import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AuditEvent, Sink } from '../../../packages/core/dist/index.js'
import { isAsWritten, type SubjectPayload } from './subject-plan.ts'

/** One event that was delivered to a sink. */
export interface Delivered {
  /** The process that delivered it. */
  readonly by: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly id: string
  readonly source: string
  readonly sequence: number
  readonly name: string
  /** The process that recorded it, and its index there. Left out for system events. */
  readonly run?: number
  readonly index?: number
  /** True if it differs from the recorded event. */
  readonly isWrong?: true
  /** Payload of a system event. */
  readonly payload?: unknown
}

export interface DeliveryFileOptions {
  readonly directory: string
  readonly by: number
  /** Duration of a batch: half before it is stored, half after. */
  readonly tookMs: number
  /** Accepts nothing, with a retryable error. */
  readonly isHeld: boolean
}

/** A sink whose file outlives its process. Each line is written at once, after the part of a line that a killed process may have left. */
export function deliverySink(name: string, { directory, by, tookMs, isHeld }: DeliveryFileOptions): Sink {
  const descriptor = openSync(join(directory, `${name}.ndjson`), 'a')
  return {
    name,
    async write(batch, { signal }) {
      signal.throwIfAborted()
      if (isHeld) throw new Error('This sink takes nothing yet.')
      if (tookMs > 0) await delay(tookMs / 2)
      const lines = batch.events.map((event) => JSON.stringify(delivered(by, event)))
      writeAll(descriptor, Buffer.from(`\n${lines.join('\n')}\n`))
      if (tookMs > 0) await delay(tookMs / 2)
    },
    async close() {
      closeSync(descriptor)
    },
  }
}

/** In the order of arrival. */
export function readDeliveries(directory: string, name: string): readonly Delivered[] {
  const lines = readFileSync(join(directory, `${name}.ndjson`), 'utf8').split('\n')
  return lines.flatMap((line) => (isWhole(line) ? (JSON.parse(line) as Delivered) : []))
}

/** False for part of a line, which a killed process may leave. */
function isWhole(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}') && line.lastIndexOf('{"by"') === 0
}

function delivered(by: number, event: AuditEvent): Delivered {
  const { id, source = '', sequence = -1, type, action, payload, reason } = event
  const place = { by, at: Date.now(), id, source, sequence }
  if (reason !== undefined) return { ...place, name: reason, payload: event.attempt }
  const name = `${type}:${action}`
  if (type === 'audit') return { ...place, name, payload }
  const { run, index } = payload as SubjectPayload
  const isWrong = !isAsWritten(payload as SubjectPayload)
  return { ...place, name, run, index, ...(isWrong && { isWrong }) }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written)
}
