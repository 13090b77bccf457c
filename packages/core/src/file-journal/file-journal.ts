import { basename, join } from 'node:path'
import { AuditError } from '../errors.ts'
import type { FactAction } from '../event/event-pattern.ts'
import type { EncodedEvent } from '../event/event.ts'
import type { HeldLines } from '../journal/held.ts'
import type { Cursor, CursorOptions, Journal, JournalOpenOptions, JournalStatus, LineStanding } from '../journal/journal.ts'
import { Adoption } from './orphaned-logs.ts'
import { Bounds } from './space-limits.ts'
import { changedIn } from './seal/covered-scan.ts'
import { Differences } from './seal/differences.ts'
import type { DiskKind } from '../log-format/disk-kind.ts'
import { FileDeadLetters } from './file-dead-letters.ts'
import { resolveFileJournalOptions, type FileJournalOptions, type ResolvedFileJournalOptions } from './file-journal-options.ts'
import { fileJournalStatus } from './file-journal-status.ts'
import { FileReaders } from './readers/cursors.ts'
import type { FileSystem } from '../log-format/file-system.ts'
import { directoryError, journalPath, prepareDirectory } from './journal-directory.ts'
import { HeldLogs } from './held/held-logs.ts'
import { LogsSetAside } from './logs-set-aside.ts'
import { nodeFileSystem } from '../log-format/node-file-system.ts'
import { lossOf, OwnFacts } from './pending-system-events.ts'
import { OwnLog } from './active-log.ts'
import { releaseSource, type OwnedSource, type TakeOptions } from './claimed-log.ts'
import { Room } from './space-reclaimer.ts'
import { SEAL_CURSOR } from '../log-format/file-names.ts'
import { standingsOf } from './seal/sealed-letters.ts'
import { Sealing } from './seal-loop.ts'
import { SerialQueue } from '../serial-queue.ts'
import { laggardOf, Trimming } from './announce-trim.ts'
import type { OpenedJournal } from './opened-journal.ts'
import { Upkeep } from './housekeeping.ts'

/**
 * Holds events in files: acknowledged events survive the end of the process and a power failure. Processes of one service may
 * share the directory: each writes its own log, and delivers the events that ended processes left in theirs.
 */
export function fileJournal(options: FileJournalOptions = {}): Journal {
  return fileJournalOn(nodeFileSystem, options)
}

/** Opens the journal on another disk. */
export function fileJournalOn(fileSystem: FileSystem, options: FileJournalOptions = {}): Journal {
  return new FileJournal(fileSystem, resolveFileJournalOptions(options))
}

class FileJournal implements Journal {
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
    if (this.#opened) throw unavailable('is open already; create a new journal for each audit')
    const root = journalPath(this.#options.directory, process.env)
    try {
      const kind = await prepareDirectory(this.#fileSystem, root, this.#options)
      this.#opened = this.#assemble(root, kind, options)
      await this.#opened.log.take()
    } catch (error) {
      this.#opened = undefined
      this.#failure = directoryError(root, error)
      throw this.#failure
    }
    this.#failure = undefined
    this.#opened.upkeep.start()
    this.#opened.sealing?.start()
  }

  append(events: readonly EncodedEvent[]): Promise<void> {
    return this.#appends.run(() => this.#append(events))
  }

  appendSync(events: readonly EncodedEvent[]): void {
    const { facts, upkeep } = this.#openState()
    const { log } = this.#openOwn()
    upkeep.stop()
    this.#isClosed = true
    log.appendSync([...facts.events, ...events])
  }

  async cursor(name: string, options: CursorOptions): Promise<Cursor> {
    const { readers, adoption } = this.#openState()
    return readers.open(name, options, [...adoption.sources, this.#openOwn()])
  }

  async seal(): Promise<void> {
    await this.#openState().sealing?.finish()
  }

  async compare(lines: readonly string[]): Promise<readonly LineStanding[] | undefined> {
    const { root, options, room } = this.#openState()
    // Seals first, so that a checkpoint covers events that a sink has just refused.
    if (this.#own) await room.sealed(this.#own)
    return options.seal && standingsOf(lines, { fileSystem: this.#fileSystem, root, seal: options.seal })
  }

  async forget(name: string): Promise<boolean> {
    const { readers } = this.#openState()
    const { places } = this.#openOwn()
    if (name === SEAL_CURSOR || readers.has(name) || places.get(name) === undefined) return false
    await places.forget(name)
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
    await opened.upkeep.close()
    await opened.sealing?.close()
    await opened.readers.close()
    await this.#appends.idle()
    await this.deadLetters.close()
    await opened.adoption.close()
    if (this.#own) await releaseSource(this.#own)
  }

  get #own(): OwnedSource | undefined {
    return this.#opened?.log.source
  }

  #state(): JournalStatus['state'] {
    if (this.#isClosed) return 'closed'
    if (this.#failure) return 'unavailable'
    if (!this.#opened) return 'opening'
    return this.#opened.bounds.isFull ? 'full' : 'open'
  }

  #assemble(root: string, kind: DiskKind, options: JournalOpenOptions): OpenedJournal {
    const { clock, service, execute, warn } = options
    const facts = new OwnFacts(options.fact)
    const bounds = new Bounds(this.#options)
    const readers = new FileReaders({
      clock,
      onMoved: () => {
        const own = this.#own
        if (own) bounds.afterMove(own.log, () => laggardOf(own, readers))
      },
      onLost: (sink, { source }, loss) => this.#tell('lost', lossOf(sink, source, loss, clock.now())),
      onGap: (log, from, to) => differences.report(log, { reason: 'unreadable', from, to }),
      onChanged: (log, sequences) => differences.report(log, changedIn(sequences)),
      onReadError: (sink, error) => {
        const { code = 'an unknown error' } = error as NodeJS.ErrnoException
        warn(`read ${sink}`, `The journal could not be read for sink '${sink}' (${code}); trying again.`)
      },
    })
    const aside = new LogsSetAside(warn)
    const append = (events: readonly EncodedEvent[]) => this.append(events).then(() => options.onFacts(events))
    const again = (directory: string) => adoption.again(directory)
    const owner = () => this.#own && `${basename(this.#own.directory)}.${this.#own.log.ownership.term}`
    const held = new HeldLogs({ fileSystem: this.#fileSystem, root, service, fact: options.fact, append, owner, deliver: again })
    const take: TakeOptions = {
      fileSystem: this.#fileSystem,
      segmentBytes: this.#options.segmentBytes,
      seal: options.seal,
      onAppended: (appended, records) => {
        readers.offer(appended, records)
        sealing?.observe(records)
      },
      aside,
      held,
      warn,
    }
    const tell = (action: FactAction, payload: unknown) => this.#tell(action, payload)
    const isOwn = (directory: string) => this.#own?.directory === directory
    const adoption = new Adoption({ root, service, take, readers, deadLetters: this.deadLetters, isOwn, tell, warn })
    const log = new OwnLog({ root, journal: options, take, readers, adoption, facts })
    const differences = new Differences({ own: log, adoption, tell, warn })
    const trimming = new Trimming(readers)
    const room = new Room({ opening: options, bounds, readers, trimming, write: (own, written) => this.#write(own, written) })
    const sealing =
      options.seal &&
      new Sealing({
        clock,
        seal: options.seal,
        own: () => log.source,
        adopted: () => adoption.sources,
        tell,
        onDifference: (log, difference) => differences.report(log, difference),
        warn,
      })
    const upkeep = new Upkeep({
      clock,
      fileSystem: this.#fileSystem,
      root,
      retentionMs: this.#options.retentionMs,
      bounds,
      readers,
      adoption,
      trimming,
      onDifference: (found, difference) => differences.report(found, difference),
      execute,
      warn,
      own: () => this.#own,
      writeFacts: () => this.#writeFacts(),
      tell,
      exclusively: (task) => this.#appends.run(task),
    })
    return { root, kind, aside, held, differences, readers, adoption, facts, log, bounds, room, sealing, upkeep, options }
  }

  async #append(events: readonly EncodedEvent[]): Promise<void> {
    const opened = this.#openState()
    const own = await this.#writable(opened)
    const owed = opened.facts.events
    await opened.room.make(own, [...owed, ...events])
    if (owed.length + events.length === 0) return
    await this.#write(own, [...owed, ...events])
    opened.facts.written(owed.length)
    if (owed.length > 0) opened.options.onFacts(owed)
  }

  async #write({ log }: OwnedSource, events: readonly EncodedEvent[]): Promise<void> {
    try {
      await log.append(events, this.#openState().options.clock.monotonic())
    } catch (error) {
      this.#failure = error as AuditError
      throw error
    }
    this.#failure = undefined
  }

  /** The active log. A new one if another process took over the previous one, or that one is missing or broken. */
  async #writable({ root, log }: OpenedJournal): Promise<OwnedSource> {
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
  #tell(action: FactAction, payload: unknown): Promise<void> {
    const { facts } = this.#openState()
    const told = facts.add(action, payload)
    void this.#writeFacts()
    return told
  }

  async #writeFacts(): Promise<void> {
    // System events that cannot be written now are written with the next append.
    if (!this.#opened?.facts.isEmpty) await this.append([]).catch(() => undefined)
  }

  #openState(): OpenedJournal {
    if (this.#isClosed) throw new AuditError('AUDIT_CLOSED', 'The journal is closed.')
    if (!this.#opened) throw unavailable('is not open yet')
    return this.#opened
  }

  #openOwn(): OwnedSource {
    if (!this.#own) throw unavailable('has no log at the moment')
    return this.#own
  }
}

function unavailable(what: string): AuditError {
  return new AuditError('AUDIT_JOURNAL_UNAVAILABLE', `The journal ${what}.`)
}
