import type { EncodedEvent } from '../event/event.ts'
import type { Cursors } from './cursors.ts'
import type { HeldLines } from './held.ts'
import type { Journal } from './journal.ts'

/** A journal whose events can be sealed. */
export interface Sealable {
  /** Seals everything it holds, and records that in its last line. Resolves when that is done or cannot be done; never rejects. */
  seal(): Promise<void>
  /** Lines that a start could not authenticate. */
  readonly held: HeldLines
  /**
   * Compares each of these events, as a sink was given it, with the sealed log. Resolves with undefined if the journal is not
   * sealed, so that there is nothing to compare them with.
   */
  compare(lines: readonly string[]): Promise<readonly LineStanding[] | undefined>
}

/**
 * `sealed`: a checkpoint of its log covers exactly this event. `changed`: it covers another one. `not-sealed`: no checkpoint
 * covers its offset yet. `no-log`: its log is missing, or has no checkpoint that this process trusts.
 */
export type LineStanding = 'sealed' | 'changed' | 'not-sealed' | 'no-log'

/** A journal that saves events in the moment in which the process ends. */
export interface AppendsSynchronously {
  /** Holds the events before it returns, even while an append is under way, and accepts no more after that; throws if it cannot. */
  appendSync(events: readonly EncodedEvent[]): void
}

/** Cursors that are kept until they are forgotten. */
export interface Forgettable {
  /** Removes the offset of a cursor that is not open, so that it begins anew. Resolves with false if there is no cursor of that name. */
  forget(name: string): Promise<boolean>
}

/** The capabilities of a journal beyond its contract. Undefined: it lacks that one. */
export interface JournalCapabilities {
  readonly sealable: Sealable | undefined
  readonly synchronous: AppendsSynchronously | undefined
  readonly forgettable: Forgettable | undefined
}

/** Checks what a journal can do. Called once for each audit. */
export function capabilitiesOf(journal: Journal): JournalCapabilities {
  return {
    sealable: isSealable(journal) ? journal : undefined,
    synchronous: appendsSynchronously(journal) ? journal : undefined,
    forgettable: isForgettable(journal) ? journal : undefined,
  }
}

export function isSealable(journal: Journal): journal is Journal & Sealable {
  const { seal, held, compare } = journal as Partial<Sealable>
  return typeof seal === 'function' && typeof held === 'object' && typeof compare === 'function'
}

export function appendsSynchronously(journal: Journal): journal is Journal & AppendsSynchronously {
  return typeof (journal as Partial<AppendsSynchronously>).appendSync === 'function'
}

export function isForgettable(cursors: Cursors): cursors is Cursors & Forgettable {
  return typeof (cursors as Partial<Forgettable>).forget === 'function'
}
