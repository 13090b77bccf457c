import { crc32 } from 'node:zlib'
import type { Schema } from '../../../packages/core/dist/index.js'
import { between, seededRandom } from '../../../packages/core/src/testing/adapter/seeded-random.ts'
import type { JournalKind } from './journal-kind.ts'

/** Plan of a subject: the process that a harness attacks. */
export interface SubjectPlan {
  /** `write`: records. `drain`: delivers everything, reports that, and continues. Both until they are stopped. */
  readonly task: 'write' | 'drain'
  readonly journal: JournalKind
  /** Directory of the journal. */
  readonly directory: string
  /** Directory in which each sink appends its events to a file. */
  readonly deliveries: string
  /** Index of this process among those that share the files. */
  readonly run: number
  readonly seed: number
  readonly segmentBytes: number
  readonly failMode: 'open' | 'closed'
  readonly maxWaitMs: number
  readonly queueEvents: number
  /** Left out: bursts, each after the previous one was answered. */
  readonly eventsPerSecond?: number
  /** Number of events after which it ends by itself. Left out: it ends on request. */
  readonly events?: number
  /** A third sink, which accepts nothing while the task is to write: its events come from the disk later. */
  readonly hasHeldSink: boolean
}

export const defaultPlan: Omit<SubjectPlan, 'directory' | 'deliveries' | 'run' | 'seed'> = {
  task: 'write',
  journal: 'file',
  segmentBytes: 64 << 10,
  failMode: 'open',
  maxWaitMs: 2_000,
  queueEvents: 10_000,
  hasHeldSink: false,
}

/** Largest number of events in a batch. */
export const BATCH_EVENTS = 100

export function sinkNames(hasHeldSink: boolean): readonly string[] {
  return hasHeldSink ? ['fast', 'slow', 'held'] : ['fast', 'slow']
}

export interface SubjectPayload {
  readonly run: number
  readonly index: number
  readonly text: string
  readonly check: number
}

/** Accepts every payload: the sinks check it. */
export const payloadSchema: Schema<SubjectPayload, SubjectPayload> = {
  '~standard': { version: 1, vendor: 'faults', validate: (value) => ({ value: value as SubjectPayload }) },
}

/** The same for the same run and index, so that a reader detects a change. */
export function payloadOf(run: number, index: number): SubjectPayload {
  const random = seededRandom(run * 1_000_003 + index)
  const text = String.fromCodePoint(between(random, 0x61, 0x7b)).repeat(between(random, 0, 600))
  return { run, index, text, check: crc32(`${run}:${index}:${text}`) }
}

export function isAsWritten({ run, index, text, check }: SubjectPayload): boolean {
  return check === crc32(`${run}:${index}:${text}`)
}

/** Messages of a subject, one JSON line each. */
export type SubjectMessage =
  | { readonly kind: 'ready'; readonly ms: number }
  | { readonly kind: 'not-ready'; readonly reason: string }
  | { readonly kind: 'drained' }
  | Outcome
  | { readonly kind: 'unbalanced'; readonly stats: string }
  | { readonly kind: 'done'; readonly summary: SubjectSummary }

/** The outcome of one call of `record`. */
export interface Outcome {
  readonly kind: 'outcome'
  readonly index: number
  /** `journal`: acknowledged. A code: rejected. */
  readonly held: string
  readonly id?: string
  /** Milliseconds since 1970. */
  readonly offeredAt: number
  readonly ms: number
}

export interface SubjectSummary {
  readonly submitted: number
  readonly rejected: number
  readonly lost: number
  readonly recorded: number
  readonly waiting: number
  readonly unconfirmed: number
  readonly maxWaiting: number
  /** One for each request to measure. */
  readonly measurements: readonly Measurement[]
}

export interface Measurement {
  /** Milliseconds: how late the event loop was, the 99th of 100 turns. */
  readonly loopP99: number
  readonly loopMax: number
  readonly rssGrowthBytes: number
  /** Bytes in use after a garbage collection. */
  readonly heldGrowthBytes: number
}
