import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { AuditError } from '../errors.ts'
import type { Clock } from '../clock.ts'
import type { EncodedEvent } from '../event/event.ts'
import { OptionChecks } from '../option-checks.ts'
import type { Cursor, CursorOptions } from './cursors.ts'
import type { Journal, JournalOpenOptions, JournalStatus } from './journal.ts'
import { MemoryCursor, type HeldRecord } from './memory-cursor.ts'
import { cursorTaken, journalClosed, journalUnavailable } from './journal-errors.ts'

export interface MemoryJournalOptions {
  /** Limit of the events it holds. Default 64 MiB: some 100,000 events, and small for the heap of a service. */
  readonly maxBytes?: number
}

/** Reserved for the library's own events, so that a full journal can still record what was lost. */
const MAX_RESERVE_BYTES = 1 << 20

/**
 * Holds events in the memory of this process: bounded, in order, gone when the process ends. When it is full of events that a
 * sink has not accepted, `append` rejects with `AUDIT_JOURNAL_FULL`; events that every cursor has passed make room.
 */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const checks = new OptionChecks()
  const { maxBytes } = checks.options<MemoryJournalOptions>(options, ['maxBytes'])
  const limit = checks.number('maxBytes', maxBytes, { fallback: 64 << 20, min: 1, max: Number.MAX_SAFE_INTEGER })
  checks.throwIfAny('The options of memoryJournal are wrong')
  return new MemoryJournal(limit)
}

class MemoryJournal implements Journal {
  readonly #maxBytes: number
  readonly #cursors = new Map<string, MemoryCursor>()
  /** Offsets of closed cursors, so that they continue there when they are opened again. */
  readonly #offsets = new Map<string, number>()
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #source = ''
  #clock: Clock | undefined
  #records: HeldRecord[] = []
  /** The sequence of the first record. */
  #first = 0
  #bytes = 0
  /** Bytes of the group that did not fit, until there is room for it. */
  #lacking = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  async open({ service, clock }: JournalOpenOptions): Promise<void> {
    if (this.#state !== 'opening') throw journalUnavailable('is open already; create a new journal for each audit')
    this.#source = `${service}/${hostname()}/${randomBytes(5).toString('hex').slice(0, 8)}`
    this.#clock = clock
    this.#state = 'open'
  }

  async append(events: readonly EncodedEvent[]): Promise<void> {
    const clock = this.#openClock()
    const records = this.#recordsOf(events, clock.monotonic())
    const bytes = records.reduce((sum, record) => sum + record.byteLength, 0)
    this.#makeRoom(bytes, events)
    for (const record of records) this.#records.push(record)
    this.#bytes += bytes
    for (const cursor of this.#cursors.values()) cursor.offer(records)
  }

  async cursor(name: string, options: CursorOptions): Promise<Cursor> {
    const clock = this.#openClock()
    if (this.#cursors.has(name)) throw cursorTaken(name)
    const cursor = new MemoryCursor(options.wants, clock, {
      onMoved: () => this.#afterMove(),
      onClosed: (offset) => {
        this.#cursors.delete(name)
        this.#offsets.set(name, offset)
      },
    })
    const from = this.#offsets.get(name) ?? (options.from === 'oldest' ? this.#first : this.#end)
    cursor.offer(this.#records.slice(Math.max(0, from - this.#first)), from)
    this.#cursors.set(name, cursor)
    return cursor
  }

  status(): JournalStatus {
    return {
      state: this.#state === 'open' && this.#lacking > 0 ? 'full' : this.#state,
      durability: 'process',
      ...(this.#source && { source: this.#source }),
      end: this.#end,
      events: this.#records.length,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    await Promise.all(Array.from(this.#cursors.values(), (cursor) => cursor.close()))
  }

  get #end(): number {
    return this.#first + this.#records.length
  }

  #openClock(): Clock {
    if (this.#state === 'closed') throw journalClosed()
    if (!this.#clock) throw journalUnavailable('is not open yet')
    return this.#clock
  }

  #recordsOf(events: readonly EncodedEvent[], at: number): HeldRecord[] {
    const source = JSON.stringify(this.#source)
    return events.map(({ type, action, status, tenant, head, byteLength }, index) => {
      const sequence = this.#end + index
      const tail = `,"source":${source},"sequence":${sequence}}`
      return {
        type,
        action,
        status,
        tenant,
        at,
        line: head + tail,
        byteLength: byteLength + Buffer.byteLength(tail) + 1,
        end: sequence + 1,
      }
    })
  }

  #makeRoom(bytes: number, events: readonly EncodedEvent[]): void {
    const reserve = events.every((event) => event.type === 'audit') ? Math.min(MAX_RESERVE_BYTES, this.#maxBytes) : 0
    const room = this.#maxBytes + reserve
    if (this.#bytes + bytes > room) this.#trim(this.#bytes + bytes - room)
    if (this.#bytes + bytes <= room) return
    this.#lacking = bytes
    const slowest = this.#slowest()
    const waitsFor = slowest ? `sink '${slowest.name}' has accepted nothing since event ${slowest.offset}` : 'no sink reads them'
    throw new AuditError(
      'AUDIT_JOURNAL_FULL',
      `Journal is full: ${this.#bytes} of ${this.#maxBytes} bytes held, ${waitsFor}. Free the sink, or raise maxBytes.`,
    )
  }

  #afterMove(): void {
    if (this.#lacking === 0) return
    this.#trim(this.#bytes + this.#lacking - this.#maxBytes)
    if (this.#bytes + this.#lacking <= this.#maxBytes) this.#lacking = 0
  }

  /** Drops the oldest records that every cursor has passed. Without any cursor, no sink has them, so they stay. */
  #trim(bytes: number): void {
    const passed = (this.#slowest()?.offset ?? this.#first) - this.#first
    let freed = 0
    let count = 0
    // Removing the front of a long array costs as much as copying it, so a quarter goes at a time.
    for (; count < passed && (freed < bytes || count < this.#records.length >> 2); count++)
      freed += this.#records[count]!.byteLength
    this.#records.splice(0, count)
    this.#first += count
    this.#bytes -= freed
  }

  #slowest(): { readonly name: string; readonly offset: number } | undefined {
    let slowest: { readonly name: string; readonly offset: number } | undefined
    for (const [name, cursor] of this.#cursors) {
      const offset = cursor.offset ?? this.#end
      if (!slowest || offset < slowest.offset) slowest = { name, offset }
    }
    return slowest
  }
}
