import { AuditError } from '../src/errors.ts'
import type { Batch } from '../src/event/batch.ts'
import type { EncodedEvent } from '../src/event/event.ts'
import { fileJournalOn, type CapableJournal } from '../src/file-journal/file-journal.ts'
import type { BatchLimits } from '../src/event/batch.ts'
import type { Cursor } from '../src/journal/cursors.ts'
import { violated, Violation, type Books } from './simulated-books.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { ReaderBooks } from './simulated-reader.ts'
import type { SimulatedSeal } from './simulated-seal.ts'
import { withoutFence } from './simulated-without-fence.ts'

const MAX_TRIES = 20
/** More timers than any call waits for: a minute of housekeeping, and a retry of everything. */
const MAX_TIMERS = 300
/** Turns of the event loop without any activity, after which only time can cause some. */
const QUIET_TURNS = 3
const atOnce: BatchLimits = { maxEvents: 1e6, maxBytes: 1e9, maxAgeMs: 0 }

/** In these histories, files are never removed or changed by others. */
const falseAlarms = new Set([
  'missing',
  'taken-over',
  'checkpoint-missing',
  'checkpoint-not-ours',
  'hashes-changed',
  'truncated',
  'rolled-back',
  'begins-late',
  'untagged',
  'unauthenticated',
])

interface Group {
  readonly events: readonly EncodedEvent[]
  /** True if a rejected group is submitted again before any other, as the writer loop does; else it is given up. */
  readonly isRetried: boolean
}

export interface SimulatedProcessOptions {
  readonly segmentBytes?: number
  readonly seal?: SimulatedSeal
  /** Negative control: the owner of every log always seems to be this process. */
  readonly ignoreFence?: boolean
}

/** One process with a journal and its cursors, on a simulated disk, and the record of its actions. */
export class SimulatedProcess {
  readonly disk: SimulatedDisk
  readonly #clock: SimulatedClock
  readonly #counters: Books
  readonly #journal: CapableJournal
  readonly #seal: SimulatedSeal | undefined
  readonly #cursors = new Map<ReaderBooks, Cursor>()
  readonly #groups: Group[] = []
  #rejected: EncodedEvent[] = []
  readonly #systemEvents: EncodedEvent[] = []
  #isClosing = false
  #isRobbed = false
  #loop: Promise<void> | undefined
  #violation: Error | undefined

  constructor(disk: SimulatedDisk, clock: SimulatedClock, counters: Books, options: SimulatedProcessOptions = {}) {
    this.disk = disk
    this.#clock = clock
    this.#counters = counters
    this.#seal = options.seal
    const { ignoreFence = false, segmentBytes = 1_024 } = options
    this.#journal = fileJournalOn(ignoreFence ? withoutFence(disk) : disk, { directory: '/var/audit', segmentBytes })
  }

  /** Opens the journal and a cursor for each reader. */
  async open(readers: readonly ReaderBooks[], auditor: ReaderBooks): Promise<void> {
    await this.#retried('open', () =>
      this.#journal.open({
        service: 'svc',
        clock: this.#clock,
        systemEvent: (action, payload) => this.#systemEvent(action, payload),
        onSystemEvents: () => undefined,
        execute: async () => undefined,
        ...(this.#seal && { seal: this.#seal }),
        warn: () => undefined,
      }),
    )
    for (const reader of [auditor, ...readers]) {
      const options = { wants: () => true, from: reader.from }
      const cursor = await this.#retried('cursor', () => this.#journal.cursor(reader.name, options))
      this.#cursors.set(reader, cursor)
    }
  }

  append(events: readonly EncodedEvent[], isRetried: boolean): void {
    if (events.length === 0) return
    this.#groups.push({ events, isRetried })
    this.#loop ??= this.#writeAll()
  }

  /** Another process takes its log over. Groups that it was not writing yet are given up; from now on it may be rejected. */
  robbed(): void {
    this.#isRobbed = true
    this.#rejected = []
    this.#groups.splice(1)
    for (const systemEvent of this.#systemEvents) this.#counters.mayRepeat(systemEvent)
  }

  /** Resolves once everything submitted is acknowledged or given up. */
  async appended(): Promise<void> {
    await this.until(async () => this.#loop)
  }

  /** Holds the events in flight and these before it returns, like a process that ends. */
  appendSync(events: readonly EncodedEvent[]): void {
    const all = [...this.#groups.flatMap((group) => group.events), ...events]
    const faults = this.disk.faults
    try {
      this.#journal.appendSync(all)
    } catch (error) {
      if (this.disk.faults === faults) violated(`appendSync throws ${describe(error)}`)
      return
    }
    this.#acknowledged(all)
  }

  /** Returns the events that the cursor has at once, if any. */
  async read(reader: ReaderBooks, maxEvents: number): Promise<Batch | undefined> {
    const cursor = this.#cursors.get(reader)!
    const batch = await this.#retried('next', () => this.#atOnce(cursor, { ...atOnce, maxEvents }))
    if (batch) reader.given(batch)
    return batch
  }

  /** Returns all events that the cursor has, without letting time pass. */
  async readAll(reader: ReaderBooks): Promise<void> {
    for (let size = -1; reader.window.size > size;) {
      size = reader.window.size
      await this.read(reader, 1e6)
    }
  }

  /** Starts to acknowledge that many events of a batch. */
  async acknowledge(reader: ReaderBooks, batch: Batch, count: number): Promise<void> {
    const done = reader.acknowledging(count)
    await this.#cursors.get(reader)!.acknowledge(batch.slice(0, count).end)
    done()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.until(() => this.#journal.close())
  }

  /** Lets that many timers run, and waits until the work they start is done. */
  async passTime(timers: number): Promise<void> {
    for (let ran = 0; ran < timers && this.#clock.runNext(); ran++) {
      for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.disk.isIdle ? quiet + 1 : 0) await turns(1)
      this.check()
    }
  }

  /** Waits for a call; lets time pass once nothing else happens. */
  async until<T>(call: () => Promise<T>): Promise<T> {
    const settled = watched(call())
    for (let timers = 0, quiet = 0; ;) {
      await turns(1)
      this.check()
      if (settled.outcome) return settled.outcome()
      quiet = this.disk.isIdle ? quiet + 1 : 0
      if (quiet < QUIET_TURNS) continue
      if (timers++ > MAX_TIMERS || !this.#clock.runNext()) violated(`never settles: ${call.toString().slice(0, 120)}`)
      quiet = 0
    }
  }

  /** Throws errors of background work. */
  check(): void {
    if (this.#violation) throw this.#violation
  }

  /** Returns a batch if there is one without letting time pass. */
  async #atOnce(cursor: Cursor, limits: BatchLimits): Promise<Batch | undefined> {
    const abort = new AbortController()
    const settled = watched(cursor.next(limits, abort.signal))
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.disk.isIdle ? quiet + 1 : 0) {
      if (settled.outcome) return settled.outcome()
      await turns(1)
      this.check()
    }
    if (settled.outcome) return settled.outcome()
    abort.abort()
    await turns(QUIET_TURNS)
    if (!settled.outcome) return violated('next() still waits after its signal aborted')
    return undefined
  }

  /** Others never remove the journal's files, so it must not report that they do. */
  #systemEvent(action: string, payload: unknown): EncodedEvent {
    const { reason } = payload as { readonly reason?: string }
    if (!this.#isRobbed && falseAlarms.has(String(reason))) {
      this.#violation ??= new Violation(`a false alarm: ${action} ${JSON.stringify(payload)}`)
    }
    const systemEvent = this.#counters.systemEvent(action, payload)
    this.#systemEvents.push(systemEvent)
    if (this.#isRobbed) this.#counters.mayRepeat(systemEvent)
    return systemEvent
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#groups.length > 0) {
        await this.#write(this.#groups[0]!)
        this.#groups.shift()
      }
    } catch (error) {
      this.#violation ??= error as Error
    } finally {
      this.#loop = undefined
    }
  }

  async #write({ events, isRetried }: Group): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const faults = this.disk.faults
      try {
        await this.#journal.append(events)
        return this.#acknowledged(events)
      } catch (error) {
        if (AuditError.isInstance(error) && error.code === 'AUDIT_CLOSED' && this.#isClosing) return
        // The process that took over finds the events written before, so this one may be in the log or not.
        if (AuditError.isInstance(error) && error.code === 'AUDIT_JOURNAL_UNAVAILABLE' && this.#isRobbed) return
        if (this.disk.faults === faults) violated(`append rejects with ${describe(error)}`)
        if (!AuditError.isInstance(error) || error.code !== 'AUDIT_JOURNAL_UNAVAILABLE')
          violated(`append rejects with ${describe(error)}`)
        if (!isRetried) return void this.#rejected.push(...events)
      }
    }
    violated(`append rejected ${MAX_TRIES} times`)
  }

  #acknowledged(events: readonly EncodedEvent[]): void {
    for (const event of this.#rejected) this.#counters.voided(event)
    this.#rejected = []
    for (const event of events) this.#counters.acknowledged(event)
  }

  /** A call may fail as often as the disk did. */
  async #retried<T>(name: string, call: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const faults = this.disk.faults
      try {
        return await this.until(call)
      } catch (error) {
        if (error instanceof Violation) throw error
        if (this.disk.faults === faults) return violated(`${name} rejects with ${describe(error)}`)
      }
    }
    return violated(`${name} rejected ${MAX_TRIES} times`)
  }
}

interface Watched<T> {
  /** Returns or throws its result; undefined before it has one. */
  outcome?: () => T
}

function watched<T>(promise: Promise<T>): Watched<T> {
  const settled: Watched<T> = {}
  promise.then(
    (value) => (settled.outcome = () => value),
    (error: unknown) => {
      settled.outcome = () => {
        throw error
      }
    },
  )
  return settled
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
