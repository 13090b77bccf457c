import type { FoundCheckpoint } from '../found-checkpoint.ts'
import type { JudgeOptions, LogEvidence } from '../log-evidence.ts'

/** The evidence of a log, and values that every judge needs. */
export interface Judged {
  readonly log: LogEvidence
  readonly judging: JudgeOptions
  /** The largest trusted checkpoint that agrees with the lines, and its size. Without a trusted one: the largest of all. */
  readonly newest: FoundCheckpoint | undefined
  readonly coveredTo: number
  /** The end of the last span that is proven; 0 if no span is. */
  readonly provenTo: number
}

export function largest(checkpoints: readonly FoundCheckpoint[]): FoundCheckpoint | undefined {
  return checkpoints.reduce<FoundCheckpoint | undefined>((most, one) => (one.size > (most?.size ?? -1) ? one : most), undefined)
}

export function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

export function upper(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

export function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`
}
