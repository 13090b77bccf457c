import { nextTurn, type Clock } from '../clock.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { Journal } from '../journal/journal.ts'
import { AuditError } from '../errors.ts'

// One loop writes: it takes a group of waiting events and asks the journal to hold it. If the journal cannot, the group keeps
// its place and its order, and is tried again.

/** Supplies the loop with groups, and receives the result of each. */
export interface WriterSource<Group> {
  /** Number of events that wait, or are being written. */
  readonly queued: number
  /** No event waits to be taken. */
  readonly isTaken: boolean
  /** Takes the next group of at most `maxEvents` events, or nothing if none waits. */
  take(maxEvents: number): { readonly group: Group; readonly events: readonly EncodedEvent[] } | undefined
  recorded(group: Group, events: readonly EncodedEvent[]): void
  /** Called when the journal holds none of the group. */
  returned(group: Group, error: unknown): void
}

/** Most events in one append: enough to make a sync cheap, few enough to keep the event loop free. */
const MAX_GROUP_EVENTS = 1_000
const RETRY_MIN_MS = 20
const RETRY_MAX_MS = 1_000
/**
 * Longest time that an event waits for others, so that a steady stream costs some hundred syncs per second instead of thousands.
 */
const PAUSE_MS = 2

/**
 * `idle`: nothing waits. `pausing`: a group was just written, and the next one gathers. `lingering`: only events that may linger
 * wait. `backing-off`: the journal has just failed. `stopped`: nothing is written any more.
 */
type WriterState = 'writing' | 'idle' | 'pausing' | 'lingering' | 'backing-off' | 'stopped'

export interface WriterOptions {
  readonly journal: Journal
  readonly clock: Clock
  /** Longest time that events which may linger wait for others. */
  readonly lingerMs: number
}

export class WriterLoop<Group> {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #lingerMs: number
  readonly #source: WriterSource<Group>
  #state: WriterState = 'writing'
  #resume: (() => void) | undefined
  #isPoked = false
  /** An event waits that must not linger. */
  #isHurried = false
  #done: Promise<void> | undefined
  /** Halved when a group does not fit into a journal that may have room for fewer. */
  #groupEvents = MAX_GROUP_EVENTS
  /** Number of events in the last group, if one of them was not to linger. */
  #lastGroup = 0
  #failures = 0

  constructor({ journal, clock, lingerMs }: WriterOptions, source: WriterSource<Group>) {
    this.#journal = journal
    this.#clock = clock
    this.#lingerMs = lingerMs
    this.#source = source
  }

  start(): void {
    this.#done ??= this.#run()
  }

  /**
   * Call when there is something to write. With `mayLinger` it may wait for more, unless something else that waits may not. Does
   * not hurry a journal that has just failed.
   */
  poke({ mayLinger = false }: { readonly mayLinger?: boolean } = {}): void {
    this.#isPoked = true
    if (!mayLinger) this.#isHurried = true
    const isDue =
      this.#state === 'idle' ||
      (this.#state === 'lingering' && this.#isHurried) ||
      (this.#state === 'pausing' && this.#isGathered)
    if (isDue) this.#resume?.()
  }

  /** Call when the journal may have room again. */
  retry(): void {
    if (this.#state === 'backing-off') this.#resume?.()
  }

  /** Resolves after the append under way, if it ends at all. Nothing is written afterwards. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#resume?.()
    await this.#done
  }

  async #run(): Promise<void> {
    while (this.#state !== 'stopped') {
      this.#state = 'writing'
      this.#isPoked = false
      const taken = this.#source.take(this.#groupEvents)
      if (!taken) await this.#idle()
      else if (await this.#write(taken.group, taken.events)) await this.#gather()
      if (this.#mayLinger) await this.#pause('lingering', this.#lingerMs)
    }
  }

  /** Resolves with false if the journal holds none of the group. */
  async #write(group: Group, events: readonly EncodedEvent[]): Promise<boolean> {
    const isHurried = this.#isHurried
    if (this.#source.isTaken) this.#isHurried = false
    try {
      await this.#journal.append(events)
    } catch (error) {
      this.#isHurried ||= isHurried
      this.#source.returned(group, error)
      const isFull = AuditError.isInstance(error) && error.code === 'AUDIT_JOURNAL_FULL'
      if (!isFull || events.length === 1) await this.#backOff()
      else this.#groupEvents = Math.ceil(events.length / 2)
      return false
    }
    this.#failures = 0
    this.#lastGroup = isHurried ? events.length : 0
    this.#groupEvents = Math.min(MAX_GROUP_EVENTS, this.#groupEvents * 2)
    this.#source.recorded(group, events)
    return true
  }

  get #isSynced(): boolean {
    return this.#journal.status().durability !== 'process'
  }

  /** As many events wait as were written last, so waiting would not gather more. */
  get #isGathered(): boolean {
    return this.#source.queued >= this.#lastGroup
  }

  /** Only events that may linger wait, and a sync is worth waiting for. */
  get #mayLinger(): boolean {
    return this.#lingerMs > 0 && !this.#isHurried && this.#source.queued > 0 && this.#isSynced
  }

  /** A single event never waits, nor does any event if the journal has nothing to sync. */
  async #gather(): Promise<void> {
    if (this.#isSynced && this.#lastGroup > 1 && !this.#isGathered) await this.#pause('pausing', PAUSE_MS)
  }

  async #idle(): Promise<void> {
    if (!this.#isPoked) await this.#pause('idle')
    // Everything that is recorded in this turn of the event loop goes into one group, for one sync.
    if (this.#isSynced) await nextTurn()
  }

  async #backOff(): Promise<void> {
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures++)
    await this.#pause('backing-off', waitMs)
  }

  #pause(state: 'idle' | 'pausing' | 'lingering' | 'backing-off', waitMs?: number): Promise<void> {
    if (this.#state === 'stopped') return Promise.resolve()
    this.#state = state
    return new Promise((resolve) => {
      const timer = waitMs === undefined ? undefined : this.#clock.schedule(waitMs, () => this.#resume?.(), { keepAlive: false })
      this.#resume = () => {
        this.#resume = undefined
        timer?.cancel()
        resolve()
      }
    })
  }
}
