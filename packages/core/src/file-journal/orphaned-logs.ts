import { join } from 'node:path'
import type { SystemAction } from '../event/event-pattern.ts'
import { FileDeadLetters } from './file-dead-letters.ts'
import { readAllLetters } from '../log-format/dead-letter-file.ts'
import type { OpenCursors } from './readers/open-cursors.ts'
import {
  offsetsReset,
  releaseLog,
  claimLog,
  whyNotContinued,
  withheldLines,
  type ClaimedLog,
  type ClaimOptions,
} from './claimed-log.ts'
import { reportRecovery } from './recovery-report.ts'
import type { SealRefusal } from './seal/seal-start.ts'
import type { LogWriter } from './log/log-writer.ts'
import {
  FORMAT,
  formatProblem,
  heldIn,
  isMarkedDamaged,
  listSourceDirectories,
  markDamaged,
  OLDER_FORMAT,
  readSourceDescription,
} from '../log-format/source-directory.ts'

export interface OrphanedLogsOptions {
  readonly root: string
  readonly service: string
  readonly take: ClaimOptions
  readonly cursors: OpenCursors
  readonly deadLetters: FileDeadLetters
  /** The journal's own directories, which are skipped. */
  readonly isOwn: (directory: string) => boolean
  /** Resolves once the log of this process has recorded it. */
  readonly record: (action: SystemAction, payload: unknown) => Promise<void>
  readonly warn: (cause: string, message: string) => void
}

/** Each holds a lock and some open files. One whose sink is down for days must not keep the others waiting. */
const MAX_ORPHANED = 64

/**
 * Recovers the logs that ended processes of this service left, delivers what their sinks did not get yet,
 * and gives each one back. Never writes events to them.
 */
export class OrphanedLogs {
  readonly #options: OrphanedLogsOptions
  #logs: readonly ClaimedLog[] = []
  /** Sources that were read to their end, with their owner at that time. */
  readonly #done = new Map<string, string>()

  constructor(options: OrphanedLogsOptions) {
    this.#options = options
  }

  get sources(): readonly ClaimedLog[] {
    return this.#logs
  }

  /** Adds a log that this process owns and no longer writes. */
  async add(source: ClaimedLog): Promise<void> {
    this.#logs = [...this.#logs, source]
    // A dead letter that cannot be moved stays where it is, and its log is delivered anyway.
    await this.#moveLetters(source).catch((error: unknown) => this.#leaveLetters(source, error))
  }

  /** Gives back the logs that were read to their end, and looks for more. */
  async advance(): Promise<void> {
    await this.releaseDrained()
    const { root, service, take } = this.#options
    await take.held.list().catch(() => undefined)
    if (this.#options.cursors.count === 0) return
    const directories = await listSourceDirectories(take.fileSystem, root, service)
    take.aside.keepOnly(directories)
    for (const directory of directories) {
      if (this.#logs.length >= MAX_ORPHANED) return
      if (this.#isMine(directory)) continue
      await this.#recover(directory).catch((error: unknown) => take.aside.add(directory, error))
      await this.releaseDrained()
    }
  }

  /** Checks a log again that was left unchanged. */
  again(directory: string): void {
    this.#done.delete(directory)
  }

  /** A log does not match its seal. Its matching lines are delivered, and it is never sealed again. */
  async refuse(log: LogWriter, refusal: SealRefusal): Promise<void> {
    const source = this.#logs.find((each) => each.log === log)
    if (!source) return
    source.seal?.refuse(refusal)
    await markDamaged(this.#options.take.fileSystem, source.directory, refusal).catch(() => undefined)
  }

  async releaseDrained(): Promise<void> {
    const { cursors } = this.#options
    for (const source of this.#logs) {
      const { fencing } = source.log
      await fencing.check().catch(() => undefined)
      const isDone = cursors.count > 0 && cursors.isDrained(source.log) && (source.seal?.isUpToDate ?? true)
      if (fencing.isLost || isDone) await this.#release(source)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#logs.map(releaseLog))
    this.#logs = []
  }

  async #recover(directory: string): Promise<void> {
    const { take, cursors, record } = this.#options
    const owners = await this.#ownersOf(directory)
    if (this.#done.get(directory) === owners) return
    const description = await readSourceDescription(take.fileSystem, directory)
    if (!description || description.service !== this.#options.service) return
    if (description.format !== FORMAT) return this.#refuse(directory, description.format, owners)
    const source = await claimLog(directory, description.source, take)
    if (!source) return
    take.aside.remove(directory)
    if (!source.recovered.isWithheld) {
      reportRecovery(source, { ...take, record })
      await this.add(source)
      await cursors.attach(source)
    }
    const reason = whyNotContinued(source)
    if (reason && !(await this.#isRecorded(source))) {
      await markDamaged(take.fileSystem, directory, reason, withheldLines(source)).catch(() => undefined)
      await take.held.list().catch(() => undefined)
      void record('recovered', { ...source.seal?.difference, source: source.log.source, reason })
    }
    for (const taken of offsetsReset(source)) void record('recovered', taken)
    if (!source.recovered.isWithheld) return
    await releaseLog(source)
    // A person may have released the log meanwhile. Then it is recovered again.
    const now = await this.#ownersOf(directory)
    if (!take.held.wasReleased(directory)) this.#done.set(directory, now)
  }

  /** True if the mark of the log says what this process found. Any user who can write the files can make another mark. */
  async #isRecorded(source: ClaimedLog): Promise<boolean> {
    const { fileSystem } = this.#options.take
    if (withheldLines(source) > 0) return (await heldIn(fileSystem, source.directory)) !== undefined
    return isMarkedDamaged(fileSystem, source.directory)
  }

  async #release(source: ClaimedLog): Promise<void> {
    // Nothing more is written to that log, so the log of this process records its seal.
    if (source.seal?.hasSealed) void this.#options.record('sealed', source.seal.sealed)
    await this.#options.cursors.detach(source.log)
    this.#logs = this.#logs.filter((other) => other !== source)
    await releaseLog(source)
    this.#done.set(source.directory, await this.#ownersOf(source.directory).catch(() => 'gone'))
    const { fileSystem, held } = this.#options.take
    // Its lines were released and delivered, so none is held any more.
    const reason = held.wasReleased(source.directory) ? whyNotContinued(source) : undefined
    if (reason) await markDamaged(fileSystem, source.directory, reason).catch(() => undefined)
  }

  /** From now on, this process can replay them. */
  async #moveLetters({ directory }: ClaimedLog): Promise<void> {
    const { take, deadLetters } = this.#options
    const path = join(directory, 'dead-letters')
    const letters = await readAllLetters(take.fileSystem, path)
    if (letters.length === 0) return
    await deadLetters.add(letters)
    for (const name of await take.fileSystem.list(path)) await take.fileSystem.remove(join(path, name))
    await take.fileSystem.syncDirectory(path)
  }

  async #ownersOf(directory: string): Promise<string> {
    const names = await this.#options.take.fileSystem.list(directory)
    return names
      .filter((name) => name.startsWith('owner.'))
      .toSorted()
      .join()
  }

  #isMine(directory: string): boolean {
    return this.#options.isOwn(directory) || this.#logs.some((source) => source.directory === directory)
  }

  #refuse(directory: string, format: number, owners: string): void {
    // An upgrade changes no owner, and its log is delivered then.
    if (format !== OLDER_FORMAT) this.#done.set(directory, owners)
    this.#options.warn(`format ${directory}`, formatProblem(directory, format))
  }

  #leaveLetters({ directory }: ClaimedLog, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException
    this.#options.warn(
      `letters ${directory}`,
      `The dead letters of the log in '${directory}' cannot be moved to this process: ${code ?? ''} ${message}`,
    )
  }
}
