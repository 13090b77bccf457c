import type { Covers } from './covers.ts'
import type { Harm } from './harms.ts'

// A way of tampering, as data: the harm, how it is covered up, the next life of a service, the shown copy, and
// the evidence that the verifier gets. Everything refers to "the n-th", counted modulo their number, so any part can be left out.

/** The events between the tampering and the check that change the journal. */
export const serviceSteps = [
  'close',
  'kill',
  /** Another process has a log of its own, and adopts the one that was tampered with. */
  'adopt',
  'rotate-key',
  /** Without an overlap: the old key is gone. */
  'exchange-key',
  'trim',
  /** It keeps events for a week, and all are younger. */
  'keep-a-week',
  /** Its sink continues at its offset. */
  'resume',
  /** It records the same number of events as a life of a base. */
  'busy',
  'replay-letters',
  /** A person releases every held line. */
  'release',
  'unsealed',
  'clock-back',
  /** It signs elsewhere, and has no key for tags. */
  'remote-signer',
  /** It signs elsewhere, and the signer does not answer. */
  'signer-away',
  /** Its anchor can return its latest checkpoint. */
  'telling-anchor',
] as const
export type ServiceStep = (typeof serviceSteps)[number]

/** A copy of a sink, made of the journal as it is by then. `none`: the journal itself is shown. */
export const copyKinds = [
  'none',
  'all',
  'late',
  'filtered',
  'rotated',
  /** In four files, some compressed, the newest first, as `ls` lists them. */
  'parts',
  /** The same, and the oldest file was deleted: each file begins in the middle of a log. */
  'late-parts',
  'compressed',
  'repeated',
  'interleaved',
  'marked',
  'piped',
  'one-log',
] as const
export type CopyKind = (typeof copyKinds)[number]

/** The evidence given to the verifier. */
export interface Given {
  readonly keys: 'none' | 'service' | 'both' | 'stranger'
  readonly anchor: 'none' | 'newest' | 'older' | 'other' | 'with-others'
  readonly tiles: boolean
  readonly accept: 'strict' | 'default' | 'all'
}

export interface Program {
  readonly base: number
  /** Which log. */
  readonly log: number
  readonly harms: readonly Harm[]
  readonly covers: Covers
  readonly services: readonly ServiceStep[]
  readonly copy: CopyKind
  readonly given: Given
  /** The seed of the ids that new logs get. */
  readonly ids: number
}

export function describeProgram(program: Program): string {
  return JSON.stringify(program)
}
