import type { Intake } from '../intake/intake.ts'
import type { SystemEvents } from '../intake/system-events.ts'
import type { Delivery } from '../deliver/delivery.ts'
import { AuditError } from '../errors.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import { letterHash, type DeadLetter, type DeadLetterStore } from '../journal/dead-letter-store.ts'
import type { LineStanding, Sealable } from '../journal/capabilities.ts'

/** Selects the letters of one sink, or some of them. */
export interface LetterSelection {
  readonly sink: string
  readonly ids?: readonly string[]
}

/** Letters to send again. */
export interface ReplaySelection extends LetterSelection {
  /** Also sends letters that cannot be compared with a checkpoint, and records that as `audit:replayed` first. Needs `by`. */
  readonly force?: boolean
  /** The person who has read the letters. */
  readonly by?: string
}

/** The result of a replay. */
export interface ReplayOutcome {
  readonly replayed: number
  /** Refused again; they stay in the dead letters. */
  readonly refused: number
  /** Not sent, because nothing shows that they are the recorded events; they stay where they are. */
  readonly unproven: readonly UnprovenLetter[]
}

export interface UnprovenLetter {
  readonly id: string
  /**
   * `changed`: it is not the event that its log has sealed, and `force` does not send it either. `not-sealed`: its log has no
   * checkpoint over it yet, which takes about a second. `no-log`: its log is gone, or no key of this process has signed it.
   */
  readonly reason: Exclude<LineStanding, 'sealed'>
}

/** Operations on events that a sink refused for good. */
export interface DeadLetters {
  /** Lists letters, oldest first; only those of `sink` if it is named. */
  readonly list: (options?: { readonly sink?: string }) => Promise<readonly DeadLetter[]>
  /**
   * Sends them to their sink again, between two batches, and removes the accepted ones. In a sealed journal, compares each with
   * the checkpoint of its log first. Rejects with `AUDIT_SINK_FAILED` if the sink is parked or not configured, and with
   * `AUDIT_NOT_CONFIRMED`, sending none, if a forced one cannot be recorded.
   */
  readonly replay: (selection: ReplaySelection) => Promise<ReplayOutcome>
  /**
   * Removes them for good, and records who did so as `audit:purged` first. Resolves with how many there were;
   * rejects with `AUDIT_NOT_CONFIRMED`, removing none, if that cannot be recorded.
   */
  readonly purge: (selection: LetterSelection & { readonly by: string }) => Promise<number>
}

/** The person who asked. A file in the journal names a person without a check, so the name is recorded as a claim. */
export type Asker = { readonly by: string } | { readonly via: 'file'; readonly claimedBy?: string }

/** A person who forces letters to be sent that cannot be compared. */
export interface Force {
  readonly asker: Asker
  /** The hashes of the letters that the person has read. Left out: all selected ones. */
  readonly sha256?: readonly string[]
}

export interface DeadLetterActionsOptions {
  readonly deadLetters: DeadLetterStore
  /** Undefined: the journal cannot be sealed, so letters cannot be compared. */
  readonly sealable: Pick<Sealable, 'compare'> | undefined
  readonly delivery: Delivery
  readonly intake: Intake
  readonly systemEvents: SystemEvents
}

/** Carries out requests about dead letters, from the application or from a file. */
export class DeadLetterActions {
  readonly #options: DeadLetterActionsOptions

  constructor(options: DeadLetterActionsOptions) {
    this.#options = options
  }

  /** For the application. */
  get api(): DeadLetters {
    return {
      list: ({ sink } = {}) => this.#options.deadLetters.list(sink),
      replay: async ({ by, force = false, ...selection }) => {
        if (force && !by) throw new AuditError('AUDIT_INVALID_OPTIONS', 'A forced replay is recorded: name the person in `by`.')
        return this.replay(selection, force ? { asker: { by: by! } } : undefined)
      },
      purge: ({ by, ...selection }) => this.purge(selection, { by }),
    }
  }

  /** If a person forces it, letters that cannot be compared are sent too. */
  async replay(selection: LetterSelection, force: Force | undefined): Promise<ReplayOutcome> {
    const { sealable, delivery } = this.#options
    const letters = await this.#select(selection)
    const standings = await sealable?.compare(letters.map(({ line }) => line))
    const standingOf = (index: number) => standings?.[index] ?? 'sealed'
    const isForced = (letter: DeadLetter) => force !== undefined && (force.sha256?.includes(letterHash(letter)) ?? true)
    const isSent = (index: number) =>
      standingOf(index) === 'sealed' || (standingOf(index) !== 'changed' && isForced(letters[index]!))
    const forced = letters.filter((_, index) => standingOf(index) !== 'sealed' && isSent(index))
    if (forced.length > 0) await this.#record('replayed', selection.sink, forced, force!.asker)
    const result = await delivery.replay(
      selection.sink,
      letters.filter((_, index) => isSent(index)),
    )
    const unproven = letters.flatMap(({ id }, index) => {
      const reason = standingOf(index)
      return reason === 'sealed' || isSent(index) ? [] : [{ id, reason }]
    })
    return { ...result, unproven }
  }

  async purge(selection: LetterSelection, asker: Asker): Promise<number> {
    const letters = await this.#select(selection)
    if (letters.length === 0) return 0
    await this.#record('purged', selection.sink, letters, asker)
    return this.#options.deadLetters.remove(
      selection.sink,
      letters.map(({ id }) => id),
    )
  }

  async #select({ sink, ids }: LetterSelection): Promise<readonly DeadLetter[]> {
    const letters = await this.#options.deadLetters.list(sink)
    return ids ? letters.filter(({ id }) => ids.includes(id)) : letters
  }

  /** Resolves once the journal has recorded the requester. Rejects if that fails, and then nothing is done. */
  async #record(action: SystemAction, sink: string, letters: readonly DeadLetter[], asker: Asker): Promise<void> {
    const { intake, systemEvents } = this.#options
    const ids = letters.map(({ id }) => id)
    const { held } = await intake.submitSystemEvent(systemEvents.create(action, { sink, ...asker, count: ids.length, ids }))
    if (held === 'journal') return
    throw new AuditError('AUDIT_NOT_CONFIRMED', `The journal could not record who asked, so nothing was ${action}. Try again.`)
  }
}
