import { join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { SystemAction } from '../event/event-pattern.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { HeldLines } from '../journal/held.ts'
import type { AppendsSynchronously, Forgettable, LineStanding, Sealable } from '../journal/capabilities.ts'
import type { Cursor, CursorOptions } from '../journal/cursors.ts'
import type { Journal, JournalOpenOptions, JournalStatus } from '../journal/journal.ts'
import { FileDeadLetters } from './file-dead-letters.ts'
import { resolveFileJournalOptions, type FileJournalOptions, type ResolvedFileJournalOptions } from './file-journal-options.ts'
import { fileJournalStatus } from './file-journal-status.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { directoryError, journalPath, prepareDirectory } from './journal-directory.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { releaseLog, type ClaimedLog } from './claimed-log.ts'
import { refuseOlderFormat } from '../log-format/source-directory.ts'
import { SEAL_CURSOR } from '../log-format/file-names.ts'
import { standingsOf } from './seal/sealed-letters.ts'
import { SerialQueue } from '../serial-queue.ts'
import { type OpenedJournal, assembleJournal } from './opened-journal.ts'
import { journalClosed, journalUnavailable } from '../journal/journal-errors.ts'

/** A journal in files can do everything that a journal can. */
export type CapableJournal = Journal & Sealable & AppendsSynchronously & Forgettable

/**
 * Holds events in files: acknowledged events survive the end of the process and a power failure. Processes of one service may
 * share the directory: each writes its own log, and delivers the events that ended processes left in theirs.
 */
export function fileJournal(options: FileJournalOptions = {}): CapableJournal {
  return fileJournalOn(nodeFileSystem, options)
}

/** Opens the journal on another disk. */
export function fileJournalOn(fileSystem: FileSystem, options: FileJournalOptions = {}): CapableJournal {
  return new FileJournal(fileSystem, resolveFileJournalOptions(options))
}

class FileJournal implements CapableJournal {
  readonly deadLetters: FileDeadLetters
  readonly held: HeldLines = {
    list: () => this.#openState().held.list(),
    release: (release) => this.#openState().held.release(release),
  }
  readonly #fileSystem: FileSystem
  readonly #options: ResolvedFileJournalOptions
  #opened: OpenedJournal | undefined
  #isClosed = false
  #failure: AuditError | undefined
  readonly #appends = new SerialQueue()

  constructor(fileSystem: FileSystem, options: ResolvedFileJournalOptions) {
    this.#fileSystem = fileSystem
    this.#options = options
    this.deadLetters = new FileDeadLetters({ fileSystem, directory: () => join(this.#openOwn().directory, 'dead-letters') })
  }

  async open(options: JournalOpenOptions): Promise<void> {
    if (this.#opened) throw journalUnavailable('is open already; create a new journal for each audit')
    const root = journalPath(this.#options.directory, process.env)
    try {
      const kind = await prepareDirectory(this.#fileSystem, root, this.#options)
      await refuseOlderFormat(this.#fileSystem, root, options.service)
      this.#opened = assembleJournal({
        fileSystem: this.#fileSystem,
        root,
        kind,
        limits: this.#options,
        opening: options,
        deadLetters: this.deadLetters,
        own: () => this.#own,
        append: (events) => this.append(events),
        write: (own, events) => this.#write(own, events),
        record: (action, payload) => this.#record(action, payload),
        writeSystemEvents: () => this.#writeSystemEvents(),
        exclusively: (task) => this.#appends.run(task),
      })
      await this.#opened.log.take()
    } catch (error) {
      this.#opened = undefined
      this.#failure = directoryError(root, error)
      throw this.#failure
    }
    this.#failure = undefined
    this.#opened.housekeeping.start()
    this.#opened.sealLoop?.start()
  }

  append(events: readonly EncodedEvent[]): Promise<void> {
    return this.#appends.run(() => this.#append(events))
  }

  appendSync(events: readonly EncodedEvent[]): void {
    const { systemEvents, housekeeping } = this.#openState()
    const { log } = this.#openOwn()
    housekeeping.stop()
    this.#isClosed = true
    log.appendSync([...systemEvents.events, ...events])
  }

  async cursor(name: string, options: CursorOptions): Promise<Cursor> {
    const { cursors, orphanedLogs } = this.#openState()
    return cursors.open(name, options, [...orphanedLogs.sources, this.#openOwn()])
  }

  async seal(): Promise<void> {
    await this.#openState().sealLoop?.finish()
  }

  async compare(lines: readonly string[]): Promise<readonly LineStanding[] | undefined> {
    const { root, options, spaceReclaimer } = this.#openState()
    // Seals first, so that a checkpoint covers events that a sink has just refused.
    if (this.#own) await spaceReclaimer.sealed(this.#own)
    return options.seal && standingsOf(lines, { fileSystem: this.#fileSystem, root, seal: options.seal })
  }

  async forget(name: string): Promise<boolean> {
    const { cursors } = this.#openState()
    const { offsets } = this.#openOwn()
    if (name === SEAL_CURSOR || cursors.has(name) || offsets.get(name) === undefined) return false
    await offsets.forget(name)
    return true
  }

  status(): JournalStatus {
    return fileJournalStatus({
      state: this.#state(),
      maxBytes: this.#options.maxBytes,
      own: this.#own,
      failure: this.#failure,
      opened: this.#opened,
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const opened = this.#opened
    if (!opened) return
    opened.held.close()
    await opened.housekeeping.close()
    await opened.sealLoop?.close()
    await opened.cursors.close()
    await this.#appends.idle()
    await this.deadLetters.close()
    await opened.orphanedLogs.close()
    if (this.#own) await releaseLog(this.#own)
  }

  get #own(): ClaimedLog | undefined {
    return this.#opened?.log.source
  }

  #state(): JournalStatus['state'] {
    if (this.#isClosed) return 'closed'
    if (this.#failure) return 'unavailable'
    if (!this.#opened) return 'opening'
    return this.#opened.spaceLimits.isFull ? 'full' : 'open'
  }

  async #append(events: readonly EncodedEvent[]): Promise<void> {
    const opened = this.#openState()
    const own = await this.#writable(opened)
    const owed = opened.systemEvents.events
    await opened.spaceReclaimer.make(own, [...owed, ...events])
    if (owed.length + events.length === 0) return
    await this.#write(own, [...owed, ...events])
    opened.systemEvents.written(owed.length)
    if (owed.length > 0) opened.options.onSystemEvents(owed)
  }

  async #write({ log }: ClaimedLog, events: readonly EncodedEvent[]): Promise<void> {
    const { options, cursors, sealLoop } = this.#openState()
    try {
      const group = await log.write(events, options.clock.monotonic())
      // At once, so that no cursor finds the group in the log before it was offered.
      log.count(group)
      cursors.offer(log, group.records)
      sealLoop?.observe(group.records)
    } catch (error) {
      this.#failure = error as AuditError
      throw error
    }
    this.#failure = undefined
  }

  /** The active log. A new one if another process took over the previous one, or that one is missing or broken. */
  async #writable({ root, log }: OpenedJournal): Promise<ClaimedLog> {
    if (log.isWritable) return log.source!
    try {
      await this.deadLetters.close()
      await prepareDirectory(this.#fileSystem, root, this.#options)
      await log.replace()
    } catch (error) {
      this.#failure = directoryError(root, error)
      throw this.#failure
    }
    return this.#openOwn()
  }

  /** Resolves once the log has recorded it. */
  #record(action: SystemAction, payload: unknown): Promise<void> {
    const { systemEvents } = this.#openState()
    const recorded = systemEvents.add(action, payload)
    void this.#writeSystemEvents()
    return recorded
  }

  async #writeSystemEvents(): Promise<void> {
    // System events that cannot be written now are written with the next append.
    if (!this.#opened?.systemEvents.isEmpty) await this.append([]).catch(() => undefined)
  }

  #openState(): OpenedJournal {
    if (this.#isClosed) throw journalClosed()
    if (!this.#opened) throw journalUnavailable('is not open yet')
    return this.#opened
  }

  #openOwn(): ClaimedLog {
    if (!this.#own) throw journalUnavailable('has no log at the moment')
    return this.#own
  }
}
